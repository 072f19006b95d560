import type { AddedToken } from "./tokenizer-json.ts";

/** What Heed uses of the library. Its own declarations do not resolve under Node's rules for modules. */
export interface Library {
  readonly normalizer: { normalize(text: string): string } | null;
  readonly pre_tokenizer: { pre_tokenize(text: string, options: { section_index: number }): string[] } | null;
  readonly model: {
    readonly vocab: readonly (string | undefined)[];
    readonly unk_token_id?: number | null;
    readonly unk_token?: string | null;
    readonly byte_fallback?: boolean;
    readonly end_of_word_suffix?: string | null;
    /** Of byte-pair encoding: the tokens of a word. The library calls it by this name, so it can be replaced. */
    bpe?(word: string): string[];
    /** The tokens of words. Of a Unigram or WordLevel vocabulary, also pieces that it lacks, which `encode` makes unknown. */
    encode(words: readonly string[]): string[];
    /** As `encode`, several unknown pieces in a row as one. */
    _call(words: readonly string[]): string[];
  };
  readonly decoder: object | null;
  /** Puts special tokens around the tokens of a text, or of a pair of texts. */
  readonly post_processor: {
    post_process(
      tokens: readonly string[],
      pair: readonly string[],
      add_special_tokens: boolean,
    ): { readonly tokens: string[]; readonly token_type_ids?: number[] };
  } | null;
  /** Splits a text at the added tokens in it. */
  readonly splitter_unnormalized: { split(text: string): string[] };
  /** The tokens of a text without any around it. */
  encode_text(text: string): string[];
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[]; tokens: string[] };
  decode(ids: readonly number[], options: { clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_added_tokens_decoder(): Map<number, AddedToken>;
}

/** Splits a text into the pieces within which tokens are formed. */
export function preTokens(library: Library, text: string): string[] {
  const normalized = library.normalizer?.normalize(text) ?? text;
  if (normalized === "") return [];
  return library.pre_tokenizer?.pre_tokenize(normalized, { section_index: 0 }) ?? [normalized];
}
