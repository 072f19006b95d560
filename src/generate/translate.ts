import { HeedError } from "../error.ts";
import type { Runtime } from "../graph/runtime.ts";
import { encodeUpTo } from "../inference/encode-up-to.ts";
import { type AttentionReader, createAttentionReader, type SourceAttention } from "../inspect/attention.ts";
import { createScorer, type Scorer } from "../inspect/score.ts";
import { kept } from "../kept.ts";
import type { Model } from "../models/model.ts";
import { paced } from "../pacer.ts";
import { checkTexts } from "./check-texts.ts";
import { generate } from "./generate.ts";
import { createGenerator, type SequenceGenerator } from "./generator.ts";
import { endingOf, type LanguageOptions, Languages } from "./languages.ts";
import { handleLines } from "./lines.ts";
import { type GenerationOptions, withDefaults } from "./options.ts";
import type { Generation } from "./search.ts";
import {
  blank,
  type ScoredTranslation,
  type Spelling,
  spell,
  type Translation,
  toScoredTranslation,
  toTranslation,
} from "./translation.ts";

/** What translation needs of a tokenizer. */
export interface TranslationTokenizer extends Spelling {
  /** The ids as the model reads them, special tokens included. */
  encode(text: string): Int32Array;
  /** What of a text the vocabulary cannot write, each once. Without it, what is unknown is not told. */
  unknown?(text: string): readonly string[];
  /** Which characters of a text are spelled in bytes, each once. Without it, that is not told. */
  spelledInBytes?(text: string): readonly string[];
}

export interface TranslateOptions extends GenerationOptions, LanguageOptions {
  /**
   * Whether to tell which source token each token attends to: by the last layer (true) or the layer of that name, one
   * of `crossAttentionNames`.
   */
  readonly attention?: boolean | string | undefined;
  /** Whether to translate only the beginning of a text that is too long, where otherwise it is an error. */
  readonly truncate?: boolean | undefined;
}

export interface ScoreTranslationOptions extends LanguageOptions {
  /** Most probable tokens to return at each position; 0 unless told. */
  readonly top?: number | undefined;
  /** Whether to score only the beginning of a text that is too long, where otherwise it is an error. */
  readonly truncate?: boolean | undefined;
  /** The number of the first text, for messages: where texts are parts of a longer list. 1 unless told. */
  readonly firstLine?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TranslatorOptions {
  readonly model: Model;
  readonly tokenizer: TranslationTokenizer;
  /** Of translations, where they have a tokenizer of their own. */
  readonly targetTokenizer?: TranslationTokenizer | undefined;
  readonly runtime: Runtime;
  /** Options that hold where a call gives no others. */
  readonly defaults?: TranslateOptions | undefined;
  /** Generates in place of `generate`, from the same model. */
  readonly generate?: typeof generate | undefined;
}

/** Translates text. Its programs are compiled when they are first needed and kept for all later calls. */
export interface Translator extends AsyncDisposable {
  /** What it translates with, for a look inside (`inspect`). They are the translator's own. */
  readonly model: Model;
  readonly tokenizer: TranslationTokenizer;
  /** Of translations; that of the sources unless they have one of their own. */
  readonly targetTokenizer: TranslationTokenizer;
  readonly runtime: Runtime;
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
  /**
   * How probable the model finds given translations of texts: the log-probability of each token after those before it.
   *
   * @throws HeedError INPUT_INVALID where there are not as many translations as texts, INPUT_TOO_LONG, ABORTED
   */
  score(
    texts: readonly string[],
    translations: readonly string[],
    options?: ScoreTranslationOptions,
  ): Promise<ScoredTranslation[]>;
  dispose(): Promise<void>;
}

/**
 * Prepares to translate. Nothing is compiled yet.
 *
 * @throws HeedError INPUT_INVALID for a model with a vocabulary for translations and no tokenizer for it
 */
export function createTranslator(options: TranslatorOptions): Translator {
  if (options.model.config.decoderVocabSize !== undefined && options.targetTokenizer === undefined) {
    const message =
      "This model writes in a vocabulary of its own: its translations need a tokenizer (targetTokenizer).";
    throw new HeedError("INPUT_INVALID", message);
  }
  return new ModelTranslator(options);
}

class ModelTranslator implements Translator {
  readonly model: Model;
  readonly tokenizer: TranslationTokenizer;
  readonly targetTokenizer: TranslationTokenizer;
  readonly runtime: Runtime;
  readonly #defaults: TranslateOptions;
  readonly #generator: SequenceGenerator;
  readonly #generate: typeof generate;
  readonly #readers = new Map<string | undefined, Promise<AttentionReader>>();
  readonly #scorer: Scorer;
  #languages: Languages | undefined;

  constructor({ model, tokenizer, runtime, defaults = {}, ...options }: TranslatorOptions) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.targetTokenizer = options.targetTokenizer ?? tokenizer;
    this.runtime = runtime;
    this.#defaults = defaults;
    this.#generator = createGenerator(model, runtime);
    this.#scorer = createScorer(model, runtime);
    this.#generate = options.generate ?? generate;
  }

  translate(texts: readonly string[], options: TranslateOptions = {}): Promise<Translation[][]> {
    return this.#translate(texts, options, 1);
  }

  translateLines(lines: AsyncIterable<string> | Iterable<string>, options: TranslateOptions = {}) {
    return handleLines(lines, (batch, firstLine) => this.#translate(batch, options, firstLine));
  }

  async score(
    texts: readonly string[],
    translations: readonly string[],
    { top = 0, truncate = false, firstLine = 1, signal, ...languages }: ScoreTranslationOptions = {},
  ): Promise<ScoredTranslation[]> {
    checkTexts("texts", texts);
    checkTexts("translations", translations);
    const encoded = (what: string, all: readonly string[], encode: (text: string) => Int32Array) =>
      paced(all, (text, i) => this.#encode(text, encode, { what, line: firstLine + i, truncate }));
    const sources = await encoded("Text", texts, this.#encoder(languages));
    const first = this.#known().firstToken(languages) ?? this.#defaults.forcedBosTokenId;
    const targets = await encoded("Translation", translations, (text) =>
      this.#known().target(this.targetTokenizer.encode(text), first),
    );
    const scored = await this.#scorer.score(sources, targets, { top, signal });
    return scored.map((sequence) => toScoredTranslation(this.targetTokenizer, sequence));
  }

  async dispose(): Promise<void> {
    const opened = await Promise.allSettled(this.#readers.values());
    this.#readers.clear();
    for (const result of opened) if (result.status === "fulfilled") await result.value.dispose();
    await this.#scorer.dispose();
    await this.#generator.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #translate(texts: readonly string[], options: TranslateOptions, firstLine: number): Promise<Translation[][]> {
    checkTexts("texts", texts);
    const { attention = false, truncate = false, from, to, ...generation } = withDefaults(options, this.#defaults);
    const encode = this.#encoder({ from, to });
    if (to !== undefined) generation.forcedBosTokenId = this.#known().firstToken({ to });
    if (options.numBeams === undefined) generation.numBeams = enoughBeams(generation);
    const asked = [...texts.keys()].filter((i) => texts[i]!.trim() !== "");
    const place = (i: number) => ({ what: "Text", line: firstLine + i, truncate });
    const sources = await paced(asked, (i) => this.#encode(texts[i]!, encode, place(i)));
    // By line, so that a line draws the same whichever lines it is translated with.
    const draws = asked.map((i) => firstLine - 1 + i);
    const generations = await this.#generate(this.#generator, sources, generation, draws);
    const attentions = await this.#attend(sources, generations, attention);
    const found = await paced(generations, (ofText, i) => {
      const tokens = Array.from(sources[i]!, (id) => spell(this.tokenizer, id));
      const text = texts[asked[i]!]!;
      const [unknown, inBytes] = [this.tokenizer.unknown?.(text) ?? [], this.tokenizer.spelledInBytes?.(text) ?? []];
      const source = { tokens, unknown, inBytes };
      return ofText.map((generation, n) => toTranslation(this.targetTokenizer, generation, source, attentions[i]?.[n]));
    });
    const translations = texts.map((): Translation[] => [blank]);
    asked.forEach((text, i) => {
      translations[text] = found[i]!;
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
    const reader = await kept(this.#readers, layer, () => createAttentionReader(this.model, this.runtime, layer));
    const pairs = generations.flatMap((found, i) => found.map(({ ids }) => ({ source: sources[i]!, target: ids })));
    const read = await reader.read(pairs);
    return generations.map((found) => read.splice(0, found.length));
  }

  /** Encodes sources of a language, for translations into another. */
  #encoder(languages: LanguageOptions): (text: string) => Int32Array {
    const { from, to } = languages;
    if (from === undefined && to === undefined) return (text) => this.tokenizer.encode(text);
    const known = this.#known();
    return (text) => known.source(this.tokenizer.encode(text), languages);
  }

  #known(): Languages {
    this.#languages ??= new Languages(this.tokenizer, this.model.config);
    return this.#languages;
  }

  #encode(text: string, encode: (text: string) => Int32Array, { what, line, truncate }: TextToEncode): Int32Array {
    const { config } = this.model;
    const longest = config.maxPositionEmbeddings;
    const ids = encodeUpTo(encode, text, longest);
    if (ids.length <= longest) return ids;
    const ending = Math.min(endingOf(ids, config), longest);
    if (truncate) return Int32Array.of(...ids.subarray(0, longest - ending), ...ids.subarray(-ending));
    const problem = `${what} ${line} has at least ${ids.length} tokens, but the model reads at most ${longest}.`;
    const advice = "Split it into sentences, or leave out its end (truncate, --truncate).";
    throw new HeedError("INPUT_TOO_LONG", `${problem} ${advice}`, { line });
  }
}

interface TextToEncode {
  /** What the text is, for messages. */
  readonly what: string;
  readonly line: number;
  readonly truncate: boolean;
}

/** As many beams as the defaults say, or as sequences are asked for if that is more: n beams find the n best. */
function enoughBeams({ numBeams = 1, numReturnSequences = 1, doSample }: GenerationOptions): number {
  return doSample ? numBeams : Math.max(numBeams, numReturnSequences);
}
