import { assemble, type TokenizerDescription } from "./assemble.ts";
import { invalid, readVocabulary, type TokenizerFile } from "./files.ts";
import { m2m100Languages } from "./language-codes.ts";
import { pieceParts, strippedDecoder } from "./piece-parts.ts";
import { bytePairs } from "./piece-tokenizer.ts";
import { renumbered } from "./renumbered.ts";
import type { SentencePieceModel } from "./sentencepiece.ts";
import { roleToken, type Settings, text } from "./settings.ts";
import { given } from "./word-piece.ts";

const roles = { bos_token: "<s>", eos_token: "</s>", sep_token: "</s>", pad_token: "<pad>", unk_token: "<unk>" };

/**
 * The tokenizer of M2M-100 (Fan et al., 2020): the pieces of a model of SentencePiece with the ids of a vocab.json, and
 * a token for each language behind them, which begins each text.
 *
 * @throws HeedError FORMAT_INVALID.
 */
export async function m2m100(
  model: SentencePieceModel,
  vocabulary: TokenizerFile,
  settings: Settings,
): Promise<TokenizerDescription> {
  const ids = readVocabulary(vocabulary);
  const unknown = roleToken(settings, "unk_token", roles) ?? "<unk>";
  if (!ids.has(unknown)) throw invalid(vocabulary.path, `it lacks the unknown token, "${unknown}"`);
  const languages = m2m100Languages[text(settings, "language_codes") ?? "m2m100"] ?? [];
  const language = `__${text(settings, "src_lang") ?? "en"}__`;
  const tokens = languages.map((code, number) => ({ content: `__${code}__`, special: true, id: ids.size + number }));
  const isNamed = [...tokens, ...settings.tokens].some(({ content }) => content === language);
  if (!isNamed)
    throw invalid(settings.path, `src_lang is no language of the tokenizer, whose token would be "${language}"`);
  const { normalizer, pre_tokenizer, splitsSymbols } = pieceParts(model);
  const added = new Set([...Object.values(roles), unknown, ...settings.tokens.map(({ content }) => content)]);
  const isUnigram = model.algorithm === "Unigram";
  return assemble(
    {
      ...(isUnigram
        ? renumbered(model, ids, unknown, added, vocabulary.path)
        : { model: await bytePairs(model, ids, unknown, splitsSymbols), ids }),
      path: vocabulary.path,
      normalizer,
      pre_tokenizer,
      decoder: strippedDecoder,
      roles,
      tokens,
      template: ({ eos_token }) => ({ before: [language], between: [], after: given(eos_token) }),
      unnormalized: true,
    },
    settings,
  );
}
