import { base64 } from "../charsmap.ts";
import type { Component } from "../tokenizer-json.ts";
import { pieceTypes, type SentencePieceModel } from "./sentencepiece.ts";

/** The parts of a tokenizer.json that prepare a text for a model of SentencePiece. */
export interface PieceParts {
  readonly normalizer: Component | null;
  readonly pre_tokenizer: Component | null;
  /** Symbols of the user's that are to be added tokens. */
  readonly symbols: readonly string[];
  /** Whether the others are words of their own, so that they are tokens without a merge. */
  readonly splitsSymbols: boolean;
}

/** What a pattern may have of characters; more symbols are tokens that are found before anything else. */
const LONGEST_PATTERN = 10_000;

const replace = (pattern: string, content: string): Component => ({
  type: "Replace",
  pattern: { Regex: pattern },
  content,
});

/** Looks at each run of a character but once. */
function trailing(character: string): string {
  return `(?<!${character})${character}+\\z`;
}

/**
 * What SentencePiece does with a text before it looks for pieces (its normalizer_spec), said in the parts of a
 * tokenizer.json. Symbols of the user's are never part of another piece.
 *
 * @param prefix Whether each text gets the mark in front; "first": only what does not follow a special token.
 */
export function pieceParts(model: SentencePieceModel, prefix: boolean | "first" = model.addDummyPrefix): PieceParts {
  const { mark, removeExtraWhitespaces } = model;
  const normalizers: Component[] = [];
  if (model.charsmap.length > 0) {
    normalizers.push({ type: "Precompiled", precompiled_charsmap: base64(model.charsmap) });
  }
  if (removeExtraWhitespaces) normalizers.push(replace(" {2,}", " "), replace("\\A | \\z", ""));
  if (mark !== " ") normalizers.push({ type: "Replace", pattern: { String: " " }, content: mark });
  if (removeExtraWhitespaces && mark !== " ") normalizers.push(replace(trailing(mark), ""));
  if (prefix === true) normalizers.push({ type: "Prepend", prepend: mark });
  const symbols = model.pieces.filter(({ type }) => type === pieceTypes.userDefined).map(({ token }) => token);
  const asTokens = !removeExtraWhitespaces && prefix === false;
  const splits = asTokens ? [] : symbolSplit(symbols);
  const splitsSymbols = splits.length > 0;
  if (model.byteFallback && (splitsSymbols || model.algorithm === "Unigram")) splits.push(byteSplit);
  if (prefix === "first") {
    splits.unshift({ type: "Metaspace", replacement: mark, prepend_scheme: "first", split: false });
  }
  return {
    normalizer: sequence("normalizers", normalizers),
    pre_tokenizer: sequence("pretokenizers", splits),
    symbols: splitsSymbols ? [] : symbols,
    splitsSymbols,
  };
}

/** A text that spells the name of a byte is not that byte. */
const byteSplit: Component = isolated("<(?=0x[0-9A-F]{2}>)");

function symbolSplit(symbols: readonly string[]): Component[] {
  const longestFirst = symbols.toSorted((a, b) => b.length - a.length);
  const pattern = longestFirst.map((symbol) => symbol.replace(/[.*+?^${}()|[\]\\&~#-]/g, "\\$&")).join("|");
  return pattern === "" || pattern.length > LONGEST_PATTERN ? [] : [isolated(pattern)];
}

function isolated(pattern: string): Component {
  return { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
}

function sequence(list: string, parts: readonly Component[]): Component | null {
  return parts.length > 1 ? { type: "Sequence", [list]: parts } : (parts[0] ?? null);
}

/** Puts pieces together to a text, without the mark in front that the first one has. */
export function pieceDecoder(prefix: boolean, mark: string): Component {
  const decoders: Component[] = [
    { type: "Replace", pattern: { String: mark }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
  ];
  if (prefix) decoders.push({ type: "Strip", content: " ", start: 1, stop: 0 });
  return { type: "Sequence", decoders };
}

/** As Hugging Face's classes over Unigram put pieces together where there are none of bytes. */
export const metaspaceDecoder: Component = {
  type: "Metaspace",
  replacement: "▁",
  prepend_scheme: "always",
  split: true,
};

/**
 * What stands behind a token that has an id, but is no piece of the model: no text holds it once it is normalized, so
 * that it is never encoded; and decoding drops it.
 */
export const FOREIGN = " ";

/** Puts pieces together, and strips the text, as the classes do that are written in Python. */
export const strippedDecoder: Component = {
  type: "Sequence",
  decoders: [
    { type: "Replace", pattern: { String: FOREIGN }, content: "" },
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    // A Strip that takes more than there is ends the reference implementation.
    { type: "Replace", pattern: { Regex: `\\A\\s+|${trailing("\\s")}` }, content: "" },
  ],
};
