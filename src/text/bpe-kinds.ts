import { byteTokens } from "./byte-fallback.ts";
import { gpt2Words, isolate } from "./reference.ts";
import type { Component } from "./tokenizer-json.ts";

/**
 * What the units of byte-pair encoding are.
 *
 * - `byteLevel`: bytes (GPT-2; Radford et al., 2019, section 2.2). Every text is written without an unknown token, and
 *   decoding gives it back exactly, white space included.
 * - `wordBoundary`: characters, with "▁" in front of each word (SentencePiece; Kudo and Richardson, 2018). Texts come
 *   back in NFC, with every run of white space as one space and none at the ends, and "▁" itself comes back as a space.
 *   No-break and wide spaces are characters like any other, so French punctuation keeps its own. Characters that are rare
 *   in the text learned from, or not in it, are spelled in bytes (SentencePiece's byte fallback), so none is unknown.
 */
export type BpeKind = "byteLevel" | "wordBoundary";

/** How a kind prepares text for merging, and how it puts tokens together again, as parts of a tokenizer.json. */
export interface TextParts {
  readonly normalizer: Component | null;
  readonly pre_tokenizer: Component;
  readonly decoder: Component;
}

type Kind = Omit<TextParts, "normalizer"> & { readonly normalizers: readonly Component[] };

const replace = (pattern: string, content: string): Component => ({
  type: "Replace",
  pattern: { Regex: pattern },
  content,
});

/** GPT-2's pattern stands in a Split of its own: ByteLevel's built-in one means other characters in JavaScript. */
const byteLevel: Kind = {
  normalizers: [],
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      isolate(gpt2Words),
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
};

/**
 * Words, numbers and punctuation never share a token, so a word is the same token with and without a comma after it.
 * An apostrophe inside a word ends its first part ("l'", "don'"). Digits stand alone, so that any number can be copied.
 */
const WORDS = "▁?[\\p{L}\\p{M}]+(?:['’](?=\\p{L}))?|▁?\\p{N}|▁?[^▁\\p{L}\\p{M}\\p{N}]+|▁";

/** Metaspace with `split: false`: the reference splits at "▁" where the JavaScript library does not; here Split does. */
const metaspace: Component = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: false };

/** As Llama's: marks become spaces, bytes become text again, and the space before the first word goes. */
const wordsAndBytes: Component = {
  type: "Sequence",
  decoders: [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    { type: "Strip", content: " ", start: 1, stop: 0 },
  ],
};

const wordBoundary: Kind = {
  normalizers: [{ type: "NFC" }, replace("[ \\t\\n\\x0B\\f\\r\\x{85}\\x{2028}\\x{2029}]+", " "), replace("^ | $", "")],
  pre_tokenizer: { type: "Sequence", pretokenizers: [metaspace, isolate(WORDS)] },
  decoder: wordsAndBytes,
};

const kinds: Readonly<Record<BpeKind, Kind>> = { byteLevel, wordBoundary };

export function isBpeKind(kind: string): kind is BpeKind {
  return Object.hasOwn(kinds, kind);
}

/** @param lowercase Whether capitals become small letters, before all else. */
export function textParts(kind: BpeKind, lowercase: boolean): TextParts {
  const { normalizers: own, ...parts } = kinds[kind];
  const normalizers = lowercase ? [{ type: "Lowercase" }, ...own] : own;
  return { ...parts, normalizer: normalizers.length === 0 ? null : { type: "Sequence", normalizers } };
}

/** The tokens that spell a character which is none itself. */
export const fallbackTokens: Readonly<Record<BpeKind, readonly string[]>> = { byteLevel: [], wordBoundary: byteTokens };

/** The characters that are tokens whether or not they occur. For bytes: the 256 characters that stand for them. */
export const fixedAlphabet: Readonly<Record<BpeKind, readonly string[]>> = {
  byteLevel: byteCharacters(),
  wordBoundary: ["▁"],
};

/**
 * The characters that stand for bytes in a byte-level vocabulary: a printable Latin-1 byte is itself, the others are
 * numbered from U+0100 on in order.
 */
function byteCharacters(): string[] {
  const isPrintable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}
