import { pacer } from "../../pacer.ts";
import { type Piece, pieceTypes } from "./sentencepiece.ts";

/**
 * The merges of byte-pair encoding that SentencePiece does not list: it merges any two neighbours that make a piece, the
 * piece of the highest score first. Of the ways to make one piece that with the shorter left part comes first, as in
 * Hugging Face's conversion.
 *
 * @param has Whether a token is in the vocabulary, which may lack pieces.
 */
export async function piecewiseMerges(
  pieces: readonly Piece[],
  has: (token: string) => boolean,
): Promise<(readonly [string, string])[]> {
  const known = pieces.filter(({ token, type }) => type === pieceTypes.normal && has(token));
  const tokens = new Set(known.map(({ token }) => token));
  const merges: (readonly [string, string])[] = [];
  for (const { token } of known.toSorted((a, b) => b.score - a.score)) {
    if (pacer.due()) await pacer.rest();
    for (let at = 1; at < token.length; at++) {
      const [left, right] = [token.slice(0, at), token.slice(at)];
      if (tokens.has(left) && tokens.has(right)) merges.push([left, right]);
    }
  }
  return merges;
}
