import type { SourceAttention } from "../inspect/attention.ts";
import type { ScoredSequence, ScoredToken, TokenProbability } from "../inspect/score.ts";
import type { Generation } from "./search.ts";

/** How tokens are spelled. */
export interface Spelling {
  /** The text of ids, special tokens left out. */
  decode(ids: Iterable<number>): string;
  /** The token of an id, spelled as in the vocabulary. */
  idToToken(id: number): string | undefined;
  /** The token for what the vocabulary cannot write, if it has one. */
  readonly unkId?: number | undefined;
}

/** A token as text. */
export interface TokenText extends TokenProbability {
  readonly text: string;
  /** e^logProb, 0 to 1. */
  readonly probability: number;
  /** true: the token stands for what the vocabulary cannot write; `text` is its name. */
  readonly unknown?: boolean | undefined;
}

/** A token of a translation. */
export interface TranslationToken extends TokenText {
  /** The most probable tokens at this position, as many as were asked for. */
  readonly top: readonly TokenText[];
  /** Where the model looked in the source, if that was asked for: the weight of every token, and the largest. */
  readonly attention?: TokenAttention | undefined;
}

export interface TokenAttention {
  /** Index and text of the source token with the largest weight, and that weight. */
  readonly index: number;
  readonly text: string;
  readonly weight: number;
  /** true: what stood there in the source is unknown to the vocabulary. */
  readonly unknown?: boolean | undefined;
  /** One weight for each source token. */
  readonly weights: Float32Array;
}

export interface Translation {
  readonly text: string;
  /** The sum of the tokens' log-probabilities, divided by length^lengthPenalty. */
  readonly score: number;
  readonly tokens: readonly TranslationToken[];
  /** The tokens of the source, as the model read them. */
  readonly sourceTokens: readonly string[];
  /** What of the source the vocabulary cannot write, each once: the model has not read it. */
  readonly unknown: readonly string[];
  /** Which characters of the source the model has read as bytes, since the vocabulary has no tokens for them, each once. */
  readonly inBytes: readonly string[];
  /** Whether the translation ended by itself, and was not cut at the longest length. */
  readonly finished: boolean;
}

/** A given translation, and what the model thinks of it. */
export interface ScoredTranslation {
  /** The sum of the tokens' natural log-probabilities. */
  readonly logProb: number;
  /** The tokens of the translation and its end, each with its probability after those before it. */
  readonly tokens: readonly TranslationToken[];
}

/** A source text as the model read it. */
export interface SourceText {
  readonly tokens: readonly TokenSpelling[];
  /** What of it the vocabulary cannot write, and what it spells in bytes. */
  readonly unknown: readonly string[];
  readonly inBytes: readonly string[];
}

type TokenSpelling = Pick<TokenText, "text" | "unknown">;

/** The translation of a blank text. */
export const blank: Translation = {
  text: "",
  score: 0,
  tokens: [],
  sourceTokens: [],
  unknown: [],
  inBytes: [],
  finished: true,
};

/** @param attentions For each token, where the model looked in the source. */
export function toTranslation(
  spelling: Spelling,
  { ids, score, tokens, finished }: Generation,
  source: SourceText,
  attentions: readonly SourceAttention[] | undefined,
): Translation {
  const translated = tokens.map((token, i) => ({
    ...toToken(spelling, token),
    ...(attentions && { attention: toAttention(attentions[i]!, source) }),
  }));
  const { unknown, inBytes } = source;
  const sourceTokens = source.tokens.map(({ text }) => text);
  return { text: spelling.decode(ids), score, tokens: translated, sourceTokens, unknown, inBytes, finished };
}

export function toScoredTranslation(spelling: Spelling, { tokens, logProb }: ScoredSequence): ScoredTranslation {
  return { logProb, tokens: tokens.map((token) => toToken(spelling, token)) };
}

function toToken(spelling: Spelling, token: ScoredToken): TranslationToken {
  return { ...toText(spelling, token), top: token.top.map((alternative) => toText(spelling, alternative)) };
}

/** A token of which the probability is known, as text. */
export function toText(spelling: Spelling, { id, logProb }: TokenProbability): TokenText {
  return { id, ...spell(spelling, id), logProb, probability: Math.exp(logProb) };
}

function toAttention({ weights, strongest }: SourceAttention, { tokens }: SourceText): TokenAttention {
  return { index: strongest, ...tokens[strongest]!, weight: weights[strongest]!, weights };
}

/** A vocabulary may be padded: ids beyond the tokenizer's have no spelling. */
export function spell(spelling: Spelling, id: number): TokenSpelling {
  return { text: spelling.idToToken(id) ?? `<${id}>`, ...(id === spelling.unkId && { unknown: true }) };
}
