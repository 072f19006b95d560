import type { ModelJson } from "../tokenizer-json.ts";
import { invalid } from "./files.ts";
import { FOREIGN } from "./piece-parts.ts";
import { unigram } from "./piece-tokenizer.ts";
import { type Piece, pieceTypes, type SentencePieceModel } from "./sentencepiece.ts";

/** By how much an unknown character's score lies below the lowest, in SentencePiece as in `tokenizers`. */
const UNKNOWN_PENALTY = 10;

/** A model with ids that are not the numbers of its pieces. */
export interface Renumbered {
  readonly model: ModelJson;
  readonly ids: ReadonlyMap<string, number>;
}

/**
 * The pieces of a Unigram model with the ids of a vocabulary. Pieces that the vocabulary lacks are left out, so that
 * other pieces spell what they would; of its tokens that are no pieces only characters are found in a text.
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
  const isCharacter = (token: string) => token.length <= 2 && [...token].length === 1;
  const list = new Array<Piece>(ids.size);
  for (const [token, id] of ids) {
    if (id >= ids.size) {
      throw invalid(path, `it has ${ids.size} tokens, but "${token}" has the id ${id}: there must be no gap`);
    }
    const isSpelled = scores.has(token) || token === unknown || added.has(token) || isCharacter(token);
    // A character that is no piece is as good as an unknown one.
    const score = scores.get(token) ?? (isCharacter(token) ? lowest - UNKNOWN_PENALTY : lowest);
    list[id] = { token: isSpelled ? token : `${token}${FOREIGN}`, score, type: pieceTypes.normal };
  }
  return {
    model: unigram(list, ids.get(unknown)!, byteFallback),
    ids: new Map(list.map(({ token }, id) => [token, id])),
  };
}
