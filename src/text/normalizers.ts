import { charsmapOfBase64 } from "./charsmap.ts";
import type { Library } from "./library.ts";
import { gpt2Words } from "./reference.ts";
import type { Component } from "./tokenizer-json.ts";

/** A part of the library; a Sequence holds further ones. */
interface Part {
  readonly config?: Component | undefined;
  readonly normalizers?: readonly (Part | null)[] | undefined;
  readonly tokenizers?: readonly (Part | null)[] | undefined;
  normalize?(text: string): string;
  /** Of ByteLevel: what splits a text into words. */
  pattern?: RegExp;
}

/**
 * Makes the library normalize text as the reference implementation does. By itself (version 0.2.0)
 *
 * - Precompiled takes any rules for NFKC and some of its own;
 * - Lowercase and BertNormalizer end a word in "ς" for "Σ", which the reference, looking at one character, does not know;
 * - BertNormalizer takes halves of surrogate pairs for characters, so that rare Chinese characters stay together;
 * - Strip takes U+FEFF for white space, and not U+0085;
 * - Prepend makes something of the empty text;
 * - Replace reads "$" in what it puts in;
 * - ByteLevel, where it splits into words by itself, takes U+FEFF for white space, and not U+0085.
 *
 * @throws Error when a precompiled_charsmap is broken.
 */
export function normalizeAsReference(library: Library): void {
  mend(library.normalizer as Part | null);
  mendWords(library.pre_tokenizer as Part | null);
}

function mend(part: Part | null): void {
  for (const inner of part?.normalizers ?? []) mend(inner);
  const normalize = part?.config && normalizerOf(part.config, part);
  if (normalize) part.normalize = normalize;
}

function normalizerOf(config: Component, part: Part): ((text: string) => string) | undefined {
  switch (config.type) {
    case "Precompiled": {
      const { precompiled_charsmap } = config;
      if (typeof precompiled_charsmap !== "string") return undefined;
      const charsmap = charsmapOfBase64(precompiled_charsmap);
      return (text) => charsmap.normalize(text);
    }
    case "BertNormalizer":
      return (text) => bertNormalized(text, config);
    case "Lowercase":
      return lowercased;
    case "Strip":
      return (text) => stripped(text, config);
    case "Prepend":
      return (text) => (text === "" ? "" : `${config.prepend}${text}`);
    case "Replace": {
      const { pattern } = part;
      const content = String(config.content ?? "");
      return pattern && ((text) => text.replaceAll(pattern, () => content));
    }
    default:
      return undefined;
  }
}

function mendWords(part: Part | null): void {
  for (const inner of part?.tokenizers ?? []) mendWords(inner);
  if (part?.config?.type !== "ByteLevel") return;
  part.pattern = new RegExp(
    gpt2Words.replaceAll("\\s", "\\p{White_Space}").replaceAll("\\S", "\\P{White_Space}"),
    "gu",
  );
}

const CONTROL = /[^\P{C}\p{Cn}\t\n\r]/gu;
/** The block at U+2B820 begins later than in Unicode, as in the reference. */
const CHINESE =
  /[\u{4e00}-\u{9fff}\u{3400}-\u{4dbf}\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{f900}-\u{faff}\u{2f800}-\u{2fa1f}]/gu;

function bertNormalized(text: string, config: Component): string {
  const { lowercase, strip_accents = lowercase } = config;
  let normalized = text;
  if (config.clean_text) {
    normalized = normalized.replace(CONTROL, "").replace(/\uFFFD/g, "");
    normalized = normalized.replace(/\p{White_Space}/gu, " ");
  }
  if (config.handle_chinese_chars) normalized = normalized.replace(CHINESE, " $& ");
  if (strip_accents ?? lowercase) normalized = normalized.normalize("NFD").replace(/\p{Mn}/gu, "");
  return lowercase ? lowercased(normalized) : normalized;
}

function lowercased(text: string): string {
  return text.replaceAll("Σ", "σ").toLowerCase();
}

function stripped(text: string, { strip_left, strip_right }: Component): string {
  const started = strip_left ? text.replace(/^\p{White_Space}+/u, "") : text;
  return strip_right ? started.slice(0, started.length - trailingBlanks(started)) : started;
}

/** A regular expression would look at each run of blanks from each of its places. */
function trailingBlanks(text: string): number {
  let count = 0;
  while (count < text.length && /\p{White_Space}/u.test(text[text.length - 1 - count]!)) count++;
  return count;
}
