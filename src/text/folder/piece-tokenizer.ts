import { pacer } from "../../pacer.ts";
import type { Component, ModelJson } from "../tokenizer-json.ts";
import { assemble, type TokenizerDescription } from "./assemble.ts";
import { invalid } from "./files.ts";
import { type PieceFamily, turns } from "./piece-families.ts";
import { piecewiseMerges } from "./piece-merges.ts";
import { metaspaceDecoder, pieceDecoder, pieceParts, strippedDecoder } from "./piece-parts.ts";
import { type Piece, pieceTypes, type SentencePieceModel } from "./sentencepiece.ts";
import { type NamedToken, roleToken, type Settings } from "./settings.ts";

/**
 * The tokenizer of a family over a model of SentencePiece: its pieces, numbered as the family does, and its
 * normalization.
 *
 * @throws HeedError FORMAT_INVALID when the model is not one of that family.
 */
export async function pieceTokenizer(
  model: SentencePieceModel,
  family: PieceFamily,
  settings: Settings,
): Promise<TokenizerDescription> {
  if (pacer.due()) await pacer.rest();
  const pieces = family.pieces(model, settings);
  const ids = new Map<string, number>();
  for (const [id, { token }] of pieces.entries()) {
    if (ids.has(token)) throw invalid(model.path, `"${token}" would have two ids, ${ids.get(token)} and ${id}`);
    ids.set(token, id);
  }
  const unknown = roleToken(settings, "unk_token", family.roles);
  const unkId = unknown === undefined ? undefined : ids.get(unknown);
  if (unknown === undefined || unkId === undefined) {
    throw invalid(model.path, `it lacks the unknown token, "${unknown ?? "<unk>"}"`);
  }
  const prefix = family.prefix?.(settings, model) ?? model.addDummyPrefix;
  const { symbols, splitsSymbols, ...parts } = pieceParts(model, prefix);
  if (pacer.due()) await pacer.rest();
  return assemble(
    {
      ...parts,
      path: model.path,
      model:
        model.algorithm === "Unigram"
          ? unigram(pieces, unkId, model.byteFallback)
          : await bytePairs({ ...model, pieces }, ids, unknown, splitsSymbols),
      decoder: decoderOf(model, prefix !== false),
      roles: family.roles,
      tokens: [...(family.tokens?.(settings) ?? []), ...controls(pieces), ...symbols.map(symbol)],
      template: family.template(settings),
      ids,
      ...(family.flags && { flags: family.flags }),
      unnormalized: prefix !== false || model.removeExtraWhitespaces,
    },
    settings,
  );
}

function decoderOf({ algorithm, byteFallback, mark }: SentencePieceModel, hasPrefix: boolean): Component {
  if (byteFallback && algorithm === "Unigram") return strippedDecoder;
  return hasPrefix && !byteFallback ? metaspaceDecoder : pieceDecoder(hasPrefix, mark);
}

function symbol(content: string): NamedToken {
  return { content, special: turns.has(content), normalized: true };
}

/** The control tokens of a model are found where a text spells them, and have no text of their own. */
function controls(pieces: readonly Piece[]): NamedToken[] {
  return pieces
    .filter(({ type }) => type === pieceTypes.control)
    .map(({ token }) => ({ content: token, special: true }));
}

/** A Unigram model (Kudo, 2018): tokens and the logarithms of their probabilities. */
export function unigram(pieces: readonly Piece[], unk_id: number, byte_fallback: boolean): ModelJson {
  return { type: "Unigram", unk_id, vocab: pieces.map(({ token, score }) => [token, score] as const), byte_fallback };
}

/**
 * Byte-pair encoding with the merges that the scores of pieces imply.
 *
 * @param splitsSymbols Whether symbols of the user's are words of their own, which no merges make.
 */
export async function bytePairs(
  { pieces, byteFallback }: SentencePieceModel,
  ids: ReadonlyMap<string, number>,
  unk_token: string,
  splitsSymbols: boolean,
): Promise<ModelJson> {
  return {
    ...{ type: "BPE", dropout: null, unk_token, continuing_subword_prefix: null, end_of_word_suffix: null },
    ...{ fuse_unk: true, byte_fallback: byteFallback, ignore_merges: splitsSymbols },
    vocab: Object.fromEntries(ids),
    merges: await piecewiseMerges(pieces, (token) => ids.has(token)),
  };
}
