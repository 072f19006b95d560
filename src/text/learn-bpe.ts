import { HeedError, throwIfAborted } from "../error.ts";
import { pacer } from "../pacer.ts";
import { type BpeKind, fallbackTokens, fixedAlphabet, isBpeKind, type TextParts, textParts } from "./bpe-kinds.ts";
import { learnMerges, type Merges } from "./bpe-merges.ts";
import { byteTokens } from "./byte-fallback.ts";
import { preTokens } from "./library.ts";
import { openLibrary } from "./open-library.ts";
import {
  addedToken,
  defaultTemplate,
  marianSpecialTokens,
  parseTemplate,
  placeSpecialTokens,
  type SpecialTokens,
  templatePostProcessor,
} from "./special-tokens.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { TokenizerConfigJson, TokenizerJson } from "./tokenizer-json.ts";
import { wellFormed } from "./well-formed.ts";
import { WordCounts } from "./word-counts.ts";

export interface LearnBpeOptions {
  /** What the units are: bytes, or characters with a mark where a word begins. */
  readonly kind: BpeKind;
  /** How many tokens to make, special tokens included. A small text may give fewer. */
  readonly vocabSize: number;
  /** Default: `</s>` 0, `<unk>` 1 and `<pad>` last. */
  readonly specialTokens?: SpecialTokens;
  /**
   * What `encode` puts around a text, as in "<s> $A </s>", where "$A" is the text. Default: `bos`, if there is one,
   * before it and `eos` after it. For a language model that continues its prompt, leave `eos` out.
   */
  readonly template?: string;
  /**
   * How often two tokens must meet to become one, and a character must occur to be a token of its own: rarer ones are
   * spelled in bytes. Default: 2.
   */
  readonly minFrequency?: number;
  /** How many characters may be tokens, the most frequent ones, for kind "wordBoundary". Default: no limit. */
  readonly limitAlphabet?: number;
  /** Whether capitals become small letters, so that decoded texts have none. Default: false. */
  readonly lowercase?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called about every 12 ms. */
  readonly onProgress?: ((progress: LearnProgress) => void) | undefined;
}

/** How far learning has come: first it reads lines, then it makes tokens. */
export type LearnProgress =
  | { readonly stage: "read"; readonly lines: number }
  | { readonly stage: "merge"; readonly tokens: number; readonly vocabSize: number };

/**
 * Learns a byte-pair encoding from lines of text (Sennrich, Haddow and Birch, 2016). The same lines give the same
 * tokenizer, whose merges are those of Hugging Face's BpeTrainer. Where there are more than a million different words,
 * the rarest are forgotten on the way, so that memory has a bound.
 *
 * @throws HeedError CONFIG_INVALID for options that do not fit together, DATA_INVALID when there is no text to learn
 *   from, ABORTED when `signal` says so.
 */
export async function learnBpe(
  lines: Iterable<string> | AsyncIterable<string>,
  options: LearnBpeOptions,
): Promise<Tokenizer> {
  const specialTokens = options.specialTokens ?? marianSpecialTokens;
  checkOptions(options);
  const { first, last } = placeSpecialTokens(specialTokens);
  const template = parseTemplate(options.template ?? defaultTemplate(specialTokens), [...first, ...last]);

  const parts = textParts(options.kind, options.lowercase ?? false);
  const words = await countWords(lines, parts, options);
  const tokens = [...new Set([...first, ...fallbackTokens[options.kind], ...alphabet(words, options)])];
  checkSize(tokens.length + last.length, options);
  const learned = await learnMerges(words, {
    tokens,
    size: options.vocabSize - last.length,
    minFrequency: options.minFrequency ?? 2,
    signal: options.signal,
    onProgress: (count) => options.onProgress?.({ stage: "merge", tokens: count, vocabSize: options.vocabSize }),
  });
  const taken = last.find((token) => learned.tokens.includes(token));
  if (taken !== undefined) throw invalid("specialTokens.pad", `is "${taken}", which the text has too. Choose another.`);
  const all = { tokens: [...learned.tokens, ...last], merges: learned.merges };
  await pacer.rest();
  return Tokenizer.open(tokenizerJson(parts, all, specialTokens, template), configJson(specialTokens));
}

/** Each word of the lines, with the number of times that it occurs. */
async function countWords(
  lines: Iterable<string> | AsyncIterable<string>,
  parts: TextParts,
  { signal, onProgress }: LearnBpeOptions,
): Promise<ReadonlyMap<string, number>> {
  const model = { type: "BPE", vocab: {}, merges: [] };
  const splitter = openLibrary({ ...parts, model }, {}, "tokenizer.json");
  const words = new WordCounts();
  let read = 0;
  throwIfAborted(signal);
  for await (const line of lines) {
    for (const word of preTokens(splitter, wellFormed(line))) words.add(word);
    read += 1;
    if (words.due) await words.forgetRarest();
    if (pacer.due()) {
      onProgress?.({ stage: "read", lines: read });
      await pacer.rest();
      throwIfAborted(signal);
    }
  }
  onProgress?.({ stage: "read", lines: read });
  if (words.counts.size > 0) return words.counts;
  const message = `There is no text to learn a tokenizer from: ${read} lines, all of them empty. Check the corpus.`;
  throw new HeedError("DATA_INVALID", message);
}

/** The characters that are tokens, in the order of their code points. Of those equally frequent the lower ones stay. */
function alphabet(
  words: ReadonlyMap<string, number>,
  { kind, minFrequency = 2, limitAlphabet }: LearnBpeOptions,
): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  for (const character of fixedAlphabet[kind]) counts.set(character, Number.POSITIVE_INFINITY);
  const byFrequency = [...counts]
    .filter(([, count]) => count >= minFrequency)
    .sort(([a, m], [b, n]) => (m === n ? codePoint(a) - codePoint(b) : n > m ? 1 : -1));
  const kept = byFrequency.slice(0, limitAlphabet ?? byFrequency.length).map(([character]) => character);
  return kept.sort((a, b) => codePoint(a) - codePoint(b));
}

function codePoint(character: string): number {
  return character.codePointAt(0)!;
}

function tokenizerJson(
  parts: TextParts,
  learned: Merges,
  special: SpecialTokens,
  template: readonly string[],
): TokenizerJson {
  const ids = new Map(learned.tokens.map((token, id) => [token, id]));
  const { first, last } = placeSpecialTokens(special);
  const specialIds = new Map([...first, ...last].map((token) => [token, ids.get(token)!]));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [...specialIds].map(([token, id]) => addedToken(token, id)),
    normalizer: parts.normalizer,
    pre_tokenizer: parts.pre_tokenizer,
    post_processor: templatePostProcessor(template, specialIds),
    decoder: parts.decoder,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: special.unk ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: byteTokens.every((token) => ids.has(token)),
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      merges: learned.merges,
    },
  };
}

function configJson({ eos, unk, bos, pad }: SpecialTokens): TokenizerConfigJson {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    eos_token: eos,
    ...(unk !== undefined && { unk_token: unk }),
    ...(bos !== undefined && { bos_token: bos }),
    ...(pad !== undefined && { pad_token: pad }),
  };
}

function checkOptions(options: LearnBpeOptions): void {
  const { kind, vocabSize, minFrequency = 2, limitAlphabet = 1 } = options;
  const check = (name: string, value: number) => {
    if (!Number.isSafeInteger(value) || value < 1)
      throw invalid(name, `must be a whole number from 1 on, not ${value}.`);
  };
  if (!isBpeKind(kind)) throw invalid("kind", `must be "byteLevel" or "wordBoundary", not "${kind}".`);
  check("vocabSize", vocabSize);
  check("minFrequency", minFrequency);
  check("limitAlphabet", limitAlphabet);
  if (kind === "byteLevel" && options.limitAlphabet !== undefined) {
    throw invalid("limitAlphabet", 'is for kind "wordBoundary": bytes are always all known. Leave it out.');
  }
}

function checkSize(needed: number, { kind, vocabSize }: LearnBpeOptions): void {
  if (needed <= vocabSize) return;
  const advice = `Raise it to ${needed} or more.`;
  const parts = kind === "wordBoundary" ? "special tokens, bytes and alphabet" : "special tokens and bytes";
  throw invalid("vocabSize", `is ${vocabSize}, but ${parts} alone are ${needed} tokens. ${advice}`);
}

function invalid(name: string, problem: string): HeedError {
  return new HeedError("CONFIG_INVALID", `${name} ${problem}`, { path: name });
}
