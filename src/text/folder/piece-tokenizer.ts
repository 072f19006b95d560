import type { ModelJson } from "../tokenizer-json.ts";
import { assemble, type TokenizerDescription } from "./assemble.ts";
import { invalid } from "./files.ts";
import { type PieceFamily, turns } from "./piece-families.ts";
import { piecewiseMerges } from "./piece-merges.ts";
import { metaspaceDecoder, pieceDecoder, pieceParts } from "./piece-parts.ts";
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
  const { symbols, ...parts } = pieceParts(model, prefix);
  return assemble(
    {
      ...parts,
      path: model.path,
      model:
        model.algorithm === "Unigram"
          ? unigram(pieces, unkId, model.byteFallback)
          : await bytePairs(pieces, ids, unknown, model),
      decoder: prefix !== false && !model.byteFallback ? metaspaceDecoder : pieceDecoder(prefix !== false, model.mark),
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

/** Byte-pair encoding with the merges that the scores of pieces imply. */
export async function bytePairs(
  pieces: readonly Piece[],
  ids: ReadonlyMap<string, number>,
  unk_token: string,
  model: SentencePieceModel,
): Promise<ModelJson> {
  return {
    ...{ type: "BPE", dropout: null, unk_token, continuing_subword_prefix: null, end_of_word_suffix: null },
    ...{ fuse_unk: true, byte_fallback: model.byteFallback },
    // Symbols of the user's stand alone by then, and no merges make them.
    ignore_merges: pieces.some(({ type }) => type === pieceTypes.userDefined),
    vocab: Object.fromEntries(ids),
    merges: await piecewiseMerges(pieces, (token) => ids.has(token)),
  };
}
