import { assemble, type TokenizerDescription } from "./assemble.ts";
import { invalid, linesOf, type TokenizerFile } from "./files.ts";
import { flag, roleToken, type Settings } from "./settings.ts";

const roles = {
  unk_token: "[UNK]",
  sep_token: "[SEP]",
  pad_token: "[PAD]",
  cls_token: "[CLS]",
  mask_token: "[MASK]",
};

/**
 * The tokenizer of BERT (Devlin et al., 2018) over a vocab.txt: a token in each line, whose number is its id. Words are
 * spelled in the longest pieces from left to right (WordPiece).
 *
 * @throws HeedError FORMAT_INVALID.
 */
export function wordPiece(file: TokenizerFile, settings: Settings): TokenizerDescription {
  const tokens = linesOf(file);
  // Of a token that is there twice Python's transformers takes the last.
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const unk_token = roleToken(settings, "unk_token", roles);
  if (unk_token === undefined || !ids.has(unk_token)) {
    throw invalid(file.path, `it lacks the unknown token, "${unk_token ?? "[UNK]"}"`);
  }
  const strip_accents = flag(settings, "strip_accents") ?? null;
  return assemble(
    {
      path: file.path,
      model: {
        type: "WordPiece",
        unk_token,
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(ids),
      },
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: flag(settings, "tokenize_chinese_chars") ?? true,
        strip_accents,
        lowercase: flag(settings, "do_lower_case") ?? true,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      roles,
      tokens: [],
      ids,
      template: ({ cls_token, sep_token }) => ({
        before: given(cls_token),
        between: given(sep_token),
        after: given(sep_token),
        secondType: 1,
      }),
    },
    settings,
  );
}

/** A token, where there is one. */
export function given(...tokens: readonly (string | undefined)[]): string[] {
  return tokens.filter((token) => token !== undefined);
}
