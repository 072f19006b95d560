import { base64 } from "../charsmap.ts";
import type { Component } from "../tokenizer-json.ts";
import { pieceTypes, type SentencePieceModel } from "./sentencepiece.ts";

/** The parts of a tokenizer.json that prepare a text for a model of SentencePiece. */
export interface PieceParts {
  readonly normalizer: Component | null;
  readonly pre_tokenizer: Component | null;
  /** Symbols of the user's that are to be added tokens, found in the normalized text. */
  readonly symbols: readonly string[];
}

/** What a pattern may have of characters; more symbols are tokens that are found before anything else. */
const LONGEST_PATTERN = 10_000;

const replace = (pattern: string, content: string): Component => ({
  type: "Replace",
  pattern: { Regex: pattern },
  content,
});

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
  if (removeExtraWhitespaces) normalizers.push(replace("\\A +| +\\z", ""), replace(" {2,}", " "));
  if (mark !== " ") normalizers.push({ type: "Replace", pattern: { String: " " }, content: mark });
  if (removeExtraWhitespaces && mark !== " ") normalizers.push(replace(`${mark}+\\z`, ""));
  if (prefix === true) normalizers.push({ type: "Prepend", prepend: mark });
  const symbols = model.pieces.filter(({ type }) => type === pieceTypes.userDefined).map(({ token }) => token);
  const asTokens = !removeExtraWhitespaces && prefix === false;
  const splits = asTokens ? [] : symbolSplit(symbols);
  if (model.byteFallback && model.algorithm === "Unigram") splits.push(byteSplit);
  if (prefix === "first") {
    splits.unshift({ type: "Metaspace", replacement: mark, prepend_scheme: "first", split: false });
  }
  return {
    normalizer: sequence("normalizers", normalizers),
    pre_tokenizer: sequence("pretokenizers", splits),
    symbols: asTokens || splits.length === 0 ? symbols : [],
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
