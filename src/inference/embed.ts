import { HeedError, throwIfAborted } from "../error.ts";
import { input, program } from "../graph/program.ts";
import type { Executable, Runtime } from "../graph/runtime.ts";
import type { Program } from "../graph/tensor.ts";
import type { Model } from "../models/model.ts";
import { tracedInputs, tracedParameters } from "../models/traced.ts";
import { createContext } from "../nn/context.ts";
import { type Pooling, pool, poolings } from "../nn/pooling.ts";
import { fused } from "../ops/fuse/index.ts";
import { pacer } from "../pacer.ts";
import { CompiledPrograms } from "./compiled-programs.ts";
import { brokenParameters, runAndRead } from "./forward.ts";
import { batchesByLength, checkSequences, type Ids, marksOf, readInputs } from "./sequences.ts";

/** Tokens of a batch: enough to keep threads busy, few enough that what is computed of them stays in their caches. */
const MAX_TOKENS = 2 ** 12;

/** Less than half of a batch is padding. */
const fits = (rows: number, longest: number, shortest: number): boolean =>
  rows * longest <= MAX_TOKENS && longest <= 2 * shortest;

/** What is read of a sequence to embed it. */
const readable = ["inputIds", "attentionMask", "tokenTypeIds"];

/** Makes one vector of each sequence. The program is compiled when it is first needed and kept for all later calls. */
export interface Embedder extends AsyncDisposable {
  /**
   * The embedding of each sequence. Batches are cut by length; the results are in the order of the inputs.
   *
   * @param sequences Token ids with what the tokenizer puts around them, each of one segment.
   * @throws HeedError INPUT_INVALID, INPUT_TOO_LONG, ABORTED, RUNTIME_FAILED where the model computes NaN
   */
  embed(sequences: readonly Ids[], options?: { readonly signal?: AbortSignal | undefined }): Promise<Float32Array[]>;
  dispose(): Promise<void>;
}

/**
 * Prepares to embed sequences by the last hidden states of a model, whatever its head. Nothing is compiled yet.
 *
 * @param pooling How states become one vector: `readPooling` tells what a folder was trained with.
 * @throws HeedError CONFIG_INVALID for a pooling that there is not, MODEL_UNSUPPORTED for a model that reads a source and a
 *   target
 */
export function createEmbedder(model: Model, runtime: Runtime, pooling: Pooling): Embedder {
  checkPooling(pooling);
  checkInputs(model);
  return new ModelEmbedder(model, runtime, pooling);
}

class ModelEmbedder implements Embedder {
  readonly #model: Model;
  readonly #programs: CompiledPrograms;
  readonly #compiled: () => Promise<Executable>;

  constructor(model: Model, runtime: Runtime, pooling: Pooling) {
    this.#model = model;
    this.#programs = new CompiledPrograms(model, runtime, "embedder");
    this.#compiled = () => this.#programs.get("embed", () => fused(embedProgram(model, pooling), runtime.device));
  }

  async embed(sequences: readonly Ids[], { signal }: { readonly signal?: AbortSignal | undefined } = {}) {
    checkSequences("sequence", sequences, this.#model.config);
    const executable = await this.#compiled();
    const results: Float32Array[] = new Array(sequences.length);
    const lengths = sequences.map(({ length }) => length);
    for (const batch of batchesByLength(lengths, fits)) {
      throwIfAborted(signal);
      if (pacer.due()) await pacer.rest();
      const rows = batch.map((index) => sequences[index]!);
      const feeds = new Map(Object.entries(readInputs(this.#model, rows)));
      if (!feeds.has("attentionMask")) feeds.set("attentionMask", marksOf(rows));
      const { data, shape } = (await runAndRead(executable, feeds)).get("embeddings")!;
      batch.forEach((index, row) => {
        results[index] = embeddingAt(data as Float32Array, row, shape[1]!);
      });
    }
    return results;
  }

  dispose(): Promise<void> {
    return this.#programs.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/**
 * The program of an embedder, before it is fused. Inputs: those of the model, and attentionMask [batch, positions].
 * Output: embeddings [batch, modes · width].
 */
export function embedProgram(model: Model, pooling: Pooling): Program {
  const inputs = tracedInputs(model);
  const ctx = createContext({ training: false });
  const { states } = model.family.forward(tracedParameters(model), inputs, model.config, ctx);
  const marks = inputs.attentionMask ?? input("attentionMask", { shape: inputs.inputIds!.shape, dtype: "int32" });
  return program("embed", { embeddings: pool(pooling, states, marks) });
}

function embeddingAt(data: Float32Array, row: number, width: number): Float32Array {
  const embedding = data.slice(row * width, (row + 1) * width);
  if (embedding.some(Number.isNaN)) throw brokenParameters("an embedding");
  return embedding;
}

/** TypeScript has checked this; JavaScript has not. */
function checkPooling({ modes }: Partial<Pooling> = {}): void {
  const isKnown = (mode: unknown) => typeof mode === "string" && Object.hasOwn(poolings, mode);
  if (Array.isArray(modes) && modes.length > 0 && modes.every(isKnown)) return;
  const known = Object.keys(poolings).join(", ");
  const message = `modes: expected one or several of ${known}, found ${JSON.stringify(modes)}.`;
  throw new HeedError("CONFIG_INVALID", message, { path: "modes" });
}

function checkInputs({ family, config }: Model): void {
  const other = Object.keys(family.inputTypes(config)).find((name) => !readable.includes(name));
  if (other === undefined) return;
  const message = `A ${family.modelType} model reads ${other} beside a sequence: its states are no embedding of that.`;
  throw new HeedError("MODEL_UNSUPPORTED", `${message} Use an encoder such as BERT.`);
}
