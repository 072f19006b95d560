import { assemble, type TokenizerDescription } from "./assemble.ts";
import { invalid, needFile, readVocabulary, type TokenizerFile, type TokenizerFiles } from "./files.ts";
import { pieceParts, strippedDecoder } from "./piece-parts.ts";
import { renumbered } from "./renumbered.ts";
import { readSentencePiece, type SentencePieceModel } from "./sentencepiece.ts";
import { flag, roleToken, type Settings } from "./settings.ts";
import { given } from "./word-piece.ts";

const roles = { unk_token: "<unk>", eos_token: "</s>", pad_token: "<pad>" };

/**
 * The two tokenizers of a folder of Marian's (Junczys-Dowmunt et al., 2018): `source` spells a text by source.spm, and
 * `target` its translation by target.spm, both with the ids of vocab.json; with `separate_vocabs` the target has those of
 * target_vocab.json. Where they share a vocabulary either decodes what the other has spelled. Tokens of languages, as
 * ">>fra<<", are found wherever they stand in a text.
 *
 * @throws HeedError FILE_NOT_FOUND, FORMAT_INVALID, MODEL_UNSUPPORTED.
 */
export async function marian(
  files: TokenizerFiles,
  settings: Settings,
): Promise<{ readonly source: TokenizerDescription; readonly target: TokenizerDescription }> {
  const why = "without which the tokenizer of Marian's cannot be opened";
  const read = (name: string) => needFile(files, name, why);
  const vocabulary = await read("vocab.json");
  const isApart = flag(settings, "separate_vocabs") === true;
  const targetVocabulary = isApart ? await read("target_vocab.json") : vocabulary;
  const [source, target] = [readSentencePiece(await read("source.spm")), readSentencePiece(await read("target.spm"))];
  return { source: side(source, vocabulary, settings), target: side(target, targetVocabulary, settings) };
}

function side(model: SentencePieceModel, vocabulary: TokenizerFile, settings: Settings): TokenizerDescription {
  const { path } = vocabulary;
  const ids = readVocabulary(vocabulary);
  const unknown = roleToken(settings, "unk_token", roles) ?? "<unk>";
  for (const token of given(unknown, roleToken(settings, "eos_token", roles))) {
    if (!ids.has(token)) throw invalid(path, `it lacks "${token}"`);
  }
  if (model.algorithm !== "Unigram") throw invalid(model.path, "it is no Unigram model, as Marian's are");
  const languages = [...ids.keys()].filter((token) => /^>>.+<<$/.test(token));
  const named = (["unk_token", "eos_token", "pad_token"] as const).map((role) => roleToken(settings, role, roles));
  const added = [...given(...named), ...languages, ...settings.tokens.map(({ content }) => content)];
  const { normalizer, pre_tokenizer } = pieceParts(model);
  return assemble(
    {
      normalizer,
      pre_tokenizer,
      ...renumbered(model, ids, unknown, new Set(added), path),
      path,
      decoder: strippedDecoder,
      roles,
      tokens: languages.map((content) => ({ content, special: false })),
      template: ({ eos_token }) => ({ before: [], between: [], after: given(eos_token) }),
      unnormalized: true,
    },
    settings,
  );
}
