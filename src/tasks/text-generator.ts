import { HeedError } from "../error.ts";
import { checkTexts } from "../generate/check-texts.ts";
import { generationDefaults, ignoredGenerationKeys } from "../generate/defaults.ts";
import { generate, stream } from "../generate/generate.ts";
import { createGenerator, type SequenceGenerator } from "../generate/generator.ts";
import { handleLines } from "../generate/lines.ts";
import { type GenerationOptions, withDefaults } from "../generate/options.ts";
import { longestRead } from "../generate/prompt.ts";
import type { Generation } from "../generate/search.ts";
import { type TokenText, toText } from "../generate/translation.ts";
import type { Runtime } from "../graph/runtime.ts";
import { encodeUpTo } from "../inference/encode-up-to.ts";
import type { ScoredToken } from "../inspect/score.ts";
import type { Model } from "../models/model.ts";
import { paced } from "../pacer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Loaded } from "./loaded.ts";

/** New tokens of a text where nothing says how many: enough to see how a model goes on. */
const USUAL_LENGTH = 100;

/** A token of a text, with the most probable ones at its place, as many as were asked for. */
export interface GeneratedToken extends TokenText {
  readonly top: readonly TokenText[];
}

/** How a model goes on behind a prompt. */
export interface GeneratedText {
  /** What comes behind the prompt, which is not part of it. */
  readonly text: string;
  /** The sum of the tokens' log-probabilities, divided by length^lengthPenalty. */
  readonly score: number;
  /** Whether the text ended by itself, and was not cut at the longest length. */
  readonly finished: boolean;
  readonly tokens: readonly GeneratedToken[];
}

/** A token as soon as it is chosen, and the text that it completes: none while a character still lacks bytes. */
export interface GeneratedPiece extends GeneratedToken {
  readonly piece: string;
}

/** Continues texts. Its programs are compiled when they are first needed and kept for all later calls. */
export interface TextGenerator extends AsyncDisposable {
  /** What it writes with, for a look inside (`inspect`). They are the generator's own. */
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  /** What the folder's generation_config.json says: options that hold where a call gives no others. */
  readonly defaults: GenerationOptions;
  /** Keys of it that would change texts in Python, and that Heed does not have. */
  readonly ignored: readonly string[];
  /**
   * Continues texts: for each, in the order given, the continuations found, best first. Options that are not given are
   * those of the folder's generation_config.json; where it does not say how long, up to 100 tokens.
   *
   * @throws HeedError INPUT_TOO_LONG for a prompt of more tokens than the model reads, CONFIG_INVALID for wrong options,
   *   ABORTED
   */
  generate(prompts: readonly string[], options?: GenerationOptions): Promise<GeneratedText[][]>;
  /** As `generate`, of lines as they come: one result for each, in order. Nothing waits for a line that is not there yet. */
  generateLines(
    lines: AsyncIterable<string> | Iterable<string>,
    options?: GenerationOptions,
  ): AsyncGenerator<GeneratedText[], void, undefined>;
  /**
   * Continues one text and gives each token as soon as it is chosen. Leaving the loop ends the generation.
   *
   * @throws HeedError as `generate`, and CONFIG_INVALID for beam search, which knows its tokens only at the end
   */
  stream(prompt: string, options?: GenerationOptions): AsyncGenerator<GeneratedPiece, void, undefined>;
  dispose(): Promise<void>;
}

/** Prepares to continue texts. Disposing it disposes of the runtime too. */
export function createTextGenerator(loaded: Loaded): TextGenerator {
  return new ModelTextGenerator(loaded);
}

class ModelTextGenerator implements TextGenerator {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  readonly defaults: GenerationOptions;
  readonly ignored: readonly string[];
  readonly #dispose: () => Promise<void>;
  readonly #generator: SequenceGenerator;

  constructor(loaded: Loaded) {
    this.model = loaded.model;
    this.tokenizer = loaded.tokenizer;
    this.runtime = loaded.runtime;
    this.#dispose = () => loaded.dispose();
    this.defaults = generationDefaults(loaded.generationConfig, this.model.config);
    this.ignored = ignoredGenerationKeys(loaded.generationConfig);
    this.#generator = createGenerator(this.model, loaded.runtime);
  }

  generate(prompts: readonly string[], options: GenerationOptions = {}): Promise<GeneratedText[][]> {
    return this.#generate(prompts, options, 1);
  }

  generateLines(lines: AsyncIterable<string> | Iterable<string>, options: GenerationOptions = {}) {
    return handleLines(lines, (batch, firstLine) => this.#generate(batch, options, firstLine));
  }

  async *stream(prompt: string, options: GenerationOptions = {}): AsyncGenerator<GeneratedPiece, void, undefined> {
    checkTexts("prompt", [prompt]);
    const read = this.#encode(prompt, 1);
    const written: number[] = [];
    let before = "";
    for await (const token of stream(this.#generator, read, this.#settings([read], { numBeams: 1, ...options }))) {
      written.push(token.id);
      const text = this.#textBehind(read, written);
      // A character may be several tokens: what is not whole yet shows as U+FFFD.
      const isWhole = !text.endsWith("\uFFFD");
      const piece = isWhole ? text.slice(before.length) : "";
      if (isWhole) before = text;
      yield { ...this.#token(token), piece };
    }
  }

  async dispose(): Promise<void> {
    await this.#generator.dispose();
    await this.#dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #generate(prompts: readonly string[], options: GenerationOptions, firstLine: number) {
    checkTexts("prompts", prompts);
    const read = await paced(prompts, (prompt, i) => this.#encode(prompt, firstLine + i));
    const draws = [...prompts.keys()].map((i) => firstLine - 1 + i);
    const found = await generate(this.#generator, read, this.#settings(read, options), draws);
    return paced(found, (generations, i) => generations.map((generation) => this.#text(read[i]!, generation)));
  }

  /** The options of a call: those given, those of the folder, and a usual length where neither has one. */
  #settings(prompts: readonly Int32Array[], options: GenerationOptions): GenerationOptions {
    const settings = withDefaults(options, this.defaults);
    const { numBeams = 1, numReturnSequences = 1, doSample } = settings;
    if (options.numBeams === undefined && !doSample) settings.numBeams = Math.max(numBeams, numReturnSequences);
    if (settings.maxLength !== undefined || settings.maxNewTokens !== undefined) return settings;
    const room = this.model.config.maxPositionEmbeddings - longestRead(this.model, prompts);
    return { ...settings, maxNewTokens: Math.max(1, Math.min(USUAL_LENGTH, room)) };
  }

  #text(read: Int32Array, { ids, score, finished, tokens }: Generation): GeneratedText {
    return {
      text: this.#textBehind(read, ids),
      score,
      finished,
      tokens: tokens.map((token) => this.#token(token)),
    };
  }

  #token({ top, ...token }: ScoredToken): GeneratedToken {
    return { ...toText(this.tokenizer, token), top: top.map((other) => toText(this.tokenizer, other)) };
  }

  /** Decoders leave out a blank at the beginning: whether one stands between prompt and text is seen from both together. */
  #textBehind(read: Int32Array, written: readonly number[]): string {
    if (this.model.family.written !== "inputIds") return this.tokenizer.decode(written);
    const prompt = this.tokenizer.decode(read);
    const whole = this.tokenizer.decode([...read, ...written]);
    return whole.startsWith(prompt) ? whole.slice(prompt.length) : this.tokenizer.decode(written);
  }

  #encode(prompt: string, line: number): Int32Array {
    const longest = this.model.config.maxPositionEmbeddings;
    const ids = encodeUpTo((beginning) => this.tokenizer.encode(beginning), prompt, longest);
    if (ids.length > longest) {
      const problem = `Text ${line} has at least ${ids.length} tokens, but the model reads at most ${longest}.`;
      throw new HeedError("INPUT_TOO_LONG", `${problem} Leave out its beginning.`, { line });
    }
    if (ids.length > 0) return ids;
    const start = this.tokenizer.bosId ?? this.tokenizer.eosId;
    if (start !== undefined) return Int32Array.of(start);
    const message = `Text ${line} is empty, and the tokenizer has no token that begins a text. Give it some words.`;
    throw new HeedError("INPUT_INVALID", message, { line });
  }
}
