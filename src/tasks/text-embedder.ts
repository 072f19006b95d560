import { checkTexts } from "../generate/check-texts.ts";
import { handleLines } from "../generate/lines.ts";
import type { Runtime } from "../graph/runtime.ts";
import { readPooling, type SentenceSettings } from "../hub/pooling.ts";
import { createEmbedder, type Embedder } from "../inference/embed.ts";
import { encodeCut } from "../inference/encode-cut.ts";
import type { Model } from "../models/model.ts";
import { paced } from "../pacer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Loaded } from "./loaded.ts";

export interface EmbedOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Makes one vector of each text. Its program is compiled when it is first needed and kept for all later calls. */
export interface TextEmbedder extends AsyncDisposable {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  /** How the folder says that states become one vector, and how much of a text is read. */
  readonly settings: SentenceSettings;
  /**
   * The embedding of each text, in the order given. Of a text that is too long the beginning is read, as in
   * sentence-transformers.
   *
   * @throws HeedError INPUT_INVALID, ABORTED, RUNTIME_FAILED where the model computes NaN
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  /** As `embed`, of lines as they come: one result for each, in order. */
  embedLines(
    lines: AsyncIterable<string> | Iterable<string>,
    options?: EmbedOptions,
  ): AsyncGenerator<Float32Array, void, undefined>;
  dispose(): Promise<void>;
}

/**
 * Prepares to embed texts. Disposing it disposes of the runtime too.
 *
 * @throws HeedError MODEL_UNSUPPORTED, FORMAT_INVALID as `readPooling` and `createEmbedder`
 */
export async function createTextEmbedder(loaded: Loaded): Promise<TextEmbedder> {
  try {
    return new ModelTextEmbedder(loaded, await readPooling(loaded.files));
  } catch (error) {
    await loaded.dispose();
    throw error;
  }
}

class ModelTextEmbedder implements TextEmbedder {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  readonly settings: SentenceSettings;
  readonly #dispose: () => Promise<void>;
  readonly #embedder: Embedder;

  constructor(loaded: Loaded, settings: SentenceSettings) {
    this.model = loaded.model;
    this.tokenizer = loaded.tokenizer;
    this.runtime = loaded.runtime;
    this.#dispose = () => loaded.dispose();
    this.settings = settings;
    this.#embedder = createEmbedder(this.model, loaded.runtime, settings.pooling);
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    checkTexts("texts", texts);
    return this.#embedder.embed(await paced(texts, (text) => this.#encode(text)), options);
  }

  embedLines(lines: AsyncIterable<string> | Iterable<string>, options: EmbedOptions = {}) {
    return handleLines(lines, (batch) => this.embed(batch, options));
  }

  async dispose(): Promise<void> {
    await this.#embedder.dispose();
    await this.#dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #encode(text: string): Int32Array {
    const { maxPositionEmbeddings } = this.model.config;
    const { prompt, lowercase, maxSequenceLength = maxPositionEmbeddings } = this.settings;
    const whole = prompt + (lowercase ? text.toLowerCase() : text);
    const ids = encodeCut(this.tokenizer, whole, Math.min(maxSequenceLength, maxPositionEmbeddings));
    if (ids.length > 0) return ids;
    const stand = this.tokenizer.bosId ?? this.tokenizer.eosId ?? this.model.config.padTokenId;
    return Int32Array.of(stand);
  }
}
