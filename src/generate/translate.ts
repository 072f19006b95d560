import { HeedError } from "../error.ts";
import type { Runtime } from "../graph/runtime.ts";
import { type AttentionReader, createAttentionReader, type SourceAttention } from "../inspect/attention.ts";
import type { ScoredToken, TokenProbability } from "../inspect/score.ts";
import type { Model } from "../models/model.ts";
import { generate } from "./generate.ts";
import { createGenerator, type SequenceGenerator } from "./generator.ts";
import { handleLines } from "./lines.ts";
import { type GenerationOptions, withDefaults } from "./options.ts";
import type { Generation } from "./search.ts";

/** What translation needs of a tokenizer. */
export interface TranslationTokenizer {
  /** The ids as the model reads them, special tokens included. */
  encode(text: string): Int32Array;
  /** The text of ids, special tokens left out. */
  decode(ids: Iterable<number>): string;
  /** The token of an id, spelled as in the vocabulary. */
  idToToken(id: number): string | undefined;
}

/** A token as text. */
export interface TokenText extends TokenProbability {
  readonly text: string;
  /** e^logProb, 0 to 1. */
  readonly probability: number;
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
  /** Whether the translation ended by itself, and was not cut at the longest length. */
  readonly finished: boolean;
}

export interface TranslateOptions extends GenerationOptions {
  /**
   * Whether to tell which source token each token attends to: by the last layer (true) or the layer of that name, one
   * of `crossAttentionNames`.
   */
  readonly attention?: boolean | string | undefined;
  /** Whether to translate only the beginning of a text that is too long, where otherwise it is an error. */
  readonly truncate?: boolean | undefined;
}

export interface TranslatorOptions {
  readonly model: Model;
  readonly tokenizer: TranslationTokenizer;
  readonly runtime: Runtime;
  /** Options that hold where a call gives no others. */
  readonly defaults?: TranslateOptions | undefined;
}

/** Translates text. Its programs are compiled when they are first needed and kept for all later calls. */
export interface Translator extends AsyncDisposable {
  /**
   * Translates texts: for each, in the order given, the translations found, best first. A blank text has the empty
   * translation, without asking the model.
   *
   * @throws HeedError INPUT_TOO_LONG for a text of more tokens than the model reads, CONFIG_INVALID for wrong options,
   *   ABORTED
   */
  translate(texts: readonly string[], options?: TranslateOptions): Promise<Translation[][]>;
  /**
   * Translates lines as they come: one result for each, in order. Lines that are there already are translated together.
   * Nothing waits for a line that is not there yet.
   *
   * @throws HeedError as `translate`, with the line, counted from 1
   */
  translateLines(
    lines: AsyncIterable<string> | Iterable<string>,
    options?: TranslateOptions,
  ): AsyncGenerator<Translation[], void, undefined>;
  dispose(): Promise<void>;
}

/** Prepares to translate. Nothing is compiled yet. */
export function createTranslator(options: TranslatorOptions): Translator {
  return new ModelTranslator(options);
}

class ModelTranslator implements Translator {
  readonly #model: Model;
  readonly #tokenizer: TranslationTokenizer;
  readonly #runtime: Runtime;
  readonly #defaults: TranslateOptions;
  readonly #generator: SequenceGenerator;
  readonly #readers = new Map<string | undefined, Promise<AttentionReader>>();

  constructor({ model, tokenizer, runtime, defaults = {} }: TranslatorOptions) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#runtime = runtime;
    this.#defaults = defaults;
    this.#generator = createGenerator(model, runtime);
  }

  translate(texts: readonly string[], options: TranslateOptions = {}): Promise<Translation[][]> {
    return this.#translate(texts, options, 1);
  }

  translateLines(lines: AsyncIterable<string> | Iterable<string>, options: TranslateOptions = {}) {
    return handleLines(lines, (batch, firstLine) => this.#translate(batch, options, firstLine));
  }

  async dispose(): Promise<void> {
    const readers = await Promise.allSettled(this.#readers.values());
    this.#readers.clear();
    for (const result of readers) if (result.status === "fulfilled") await result.value.dispose();
    await this.#generator.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #translate(texts: readonly string[], options: TranslateOptions, firstLine: number): Promise<Translation[][]> {
    const { attention = false, truncate = false, ...generation } = withDefaults(options, this.#defaults);
    const encoded = texts.map((text, i) =>
      encode(this.#tokenizer, text, this.#model, { line: firstLine + i, truncate }),
    );
    const asked = [...encoded.keys()].filter((i) => encoded[i]!.length > 0);
    const sources = asked.map((i) => encoded[i]!);
    const generations = await generate(this.#generator, sources, generation);
    const attentions = await this.#attend(sources, generations, attention);
    const translations = texts.map((): Translation[] => [blank]);
    asked.forEach((text, i) => {
      const sourceTokens = Array.from(sources[i]!, (id) => spell(this.#tokenizer, id));
      translations[text] = generations[i]!.map((generation, n) =>
        toTranslation(this.#tokenizer, generation, sourceTokens, attentions[i]?.[n]),
      );
    });
    return translations;
  }

  /** The attention of every token of every generation, [input][n-best][token], or nothing where it is not asked for. */
  async #attend(
    sources: readonly Int32Array[],
    generations: readonly Generation[][],
    attention: boolean | string,
  ): Promise<SourceAttention[][][]> {
    if (attention === false || sources.length === 0) return [];
    const layer = typeof attention === "string" ? attention : undefined;
    const reader = this.#readers.get(layer) ?? createAttentionReader(this.#model, this.#runtime, layer);
    this.#readers.set(layer, reader);
    const pairs = generations.flatMap((found, i) => found.map(({ ids }) => ({ source: sources[i]!, target: ids })));
    const read = await (await reader).read(pairs);
    return generations.map((found) => read.splice(0, found.length));
  }
}

const blank: Translation = { text: "", score: 0, tokens: [], sourceTokens: [], finished: true };

function encode(
  tokenizer: TranslationTokenizer,
  text: string,
  { config }: Model,
  { line, truncate }: { line: number; truncate: boolean },
): Int32Array {
  if (text.trim() === "") return new Int32Array(0);
  const ids = tokenizer.encode(text);
  const longest = config.maxPositionEmbeddings;
  if (ids.length <= longest) return ids;
  if (truncate) return Int32Array.of(...ids.subarray(0, longest - 1), ids.at(-1)!);
  const message = `Text ${line} has ${ids.length} tokens, but the model reads at most ${longest}.`;
  throw new HeedError("INPUT_TOO_LONG", `${message} Split it into sentences, or set truncate to leave out its end.`, {
    line,
  });
}

function toTranslation(
  tokenizer: TranslationTokenizer,
  { ids, score, tokens, finished }: Generation,
  sourceTokens: readonly string[],
  attentions: readonly SourceAttention[] | undefined,
): Translation {
  const translated = tokens.map((token, i) => ({
    ...toText(tokenizer, token),
    top: token.top.map((alternative) => toText(tokenizer, alternative)),
    ...(attentions && { attention: toAttention(attentions[i]!, sourceTokens) }),
  }));
  return { text: tokenizer.decode(ids), score, tokens: translated, sourceTokens, finished };
}

function toText(tokenizer: TranslationTokenizer, { id, logProb }: TokenProbability | ScoredToken): TokenText {
  return { id, text: spell(tokenizer, id), logProb, probability: Math.exp(logProb) };
}

function toAttention({ weights, strongest }: SourceAttention, sourceTokens: readonly string[]): TokenAttention {
  return { index: strongest, text: sourceTokens[strongest]!, weight: weights[strongest]!, weights };
}

/** A vocabulary may be padded: ids beyond the tokenizer's have no spelling. */
function spell(tokenizer: TranslationTokenizer, id: number): string {
  return tokenizer.idToToken(id) ?? `<${id}>`;
}
