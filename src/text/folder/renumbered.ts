import type { Component, ModelJson } from "../tokenizer-json.ts";
import { invalid } from "./files.ts";
import { unigram } from "./piece-tokenizer.ts";
import { type Piece, pieceTypes, type SentencePieceModel } from "./sentencepiece.ts";

/**
 * What stands behind a token that has an id, but is no piece of the model: no text holds it once it is normalized, so
 * that it is never encoded; and decoding drops it.
 */
const FOREIGN = " ";

/** Puts pieces together, and strips the text. */
export const strippedDecoder: Component = {
  type: "Sequence",
  decoders: [
    { type: "Replace", pattern: { String: FOREIGN }, content: "" },
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    { type: "Strip", content: " ", start: 1000, stop: 1000 },
  ],
};

/** A model with ids that are not the numbers of its pieces. */
export interface Renumbered {
  readonly model: ModelJson;
  readonly ids: ReadonlyMap<string, number>;
}

/**
 * The pieces of a Unigram model with the ids of a vocabulary. Pieces that the vocabulary lacks are left out, so that
 * other pieces spell what they would; of its tokens those that are no pieces are found in no text.
 *
 * @param ids From 0 on without a gap, since a Unigram model's ids are places in a list.
 * @param unknown The token for what no piece spells, which is in the vocabulary.
 * @param added Tokens that are found in a text before it is normalized.
 * @throws HeedError FORMAT_INVALID.
 */
export function renumbered(
  { pieces, byteFallback }: SentencePieceModel,
  ids: ReadonlyMap<string, number>,
  unknown: string,
  added: ReadonlySet<string>,
  path: string,
): Renumbered {
  const scores = new Map(pieces.map(({ token, score }) => [token, score]));
  // The unknown token's score lies below the lowest of all, which is to be that of a piece.
  const lowest = pieces.reduce((least, { score }) => Math.min(least, score), 0);
  const list = new Array<Piece>(ids.size);
  for (const [token, id] of ids) {
    if (id >= ids.size) {
      throw invalid(path, `it has ${ids.size} tokens, but "${token}" has the id ${id}: there must be no gap`);
    }
    const isKnown = scores.has(token) || token === unknown || added.has(token);
    const score = scores.get(token) ?? lowest;
    list[id] = { token: isKnown ? token : `${token}${FOREIGN}`, score, type: pieceTypes.normal };
  }
  return {
    model: unigram(list, ids.get(unknown)!, byteFallback),
    ids: new Map(list.map(({ token }, id) => [token, id])),
  };
}
