import { HeedError, throwIfAborted } from "../error.ts";
import { input, program } from "../graph/program.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { Program } from "../graph/tensor.ts";
import { dataAs, type TensorData } from "../graph/tensor-data.ts";
import { CompiledPrograms, compiledCount } from "../inference/compiled-programs.ts";
import { brokenParameters, runAndRead, traceForward } from "../inference/forward.ts";
import { batchesByLength, checkSequences, type Ids, padRows, teacherForced } from "../inference/sequences.ts";
import { writtenVocabSize } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { logSoftmax, reshape, take, topK } from "../ops/index.ts";
import { pacer } from "../pacer.ts";

/** Logits computed at once (64 MiB): beyond it, a batch is cut. */
const MAX_LOGITS = 2 ** 24;

/** A token and the natural logarithm of its probability. */
export interface TokenProbability {
  readonly id: number;
  readonly logProb: number;
}

/** A token of a sequence, what the model thought of it, and what else it thought of. */
export interface ScoredToken extends TokenProbability {
  /** The most probable tokens at this position, most probable first; as many as were asked for. */
  readonly top: readonly TokenProbability[];
}

export interface ScoredSequence {
  readonly tokens: readonly ScoredToken[];
  /** The sum over the tokens. */
  readonly logProb: number;
}

export interface ScoreOptions {
  /** How many of the most probable tokens to return at each position; 0 unless told. */
  readonly top?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells how probable a model finds given targets. Its programs are compiled when they are first needed and kept for all
 * later calls.
 */
export interface Scorer extends AsyncDisposable {
  /**
   * The log-probability of each target token after those before it (teacher forcing). Batches are cut by length; the
   * results are in the order of the inputs.
   *
   * @param targets Token ids as the model should write them, the end-of-sentence token included.
   * @throws HeedError CONFIG_INVALID for a `top` that is no count, INPUT_INVALID, INPUT_TOO_LONG, ABORTED
   */
  score(sources: readonly Ids[], targets: readonly Ids[], options?: ScoreOptions): Promise<ScoredSequence[]>;
  dispose(): Promise<void>;
}

/** Prepares to score. Nothing is compiled yet. */
export function createScorer(model: Model, runtime: Runtime): Scorer {
  return new ModelScorer(model, runtime);
}

/** Scores once: as `Scorer.score`. */
export async function scoreSequences(
  model: Model,
  runtime: Runtime,
  sources: readonly Ids[],
  targets: readonly Ids[],
  options?: ScoreOptions,
): Promise<ScoredSequence[]> {
  await using scorer = createScorer(model, runtime);
  return await scorer.score(sources, targets, options);
}

class ModelScorer implements Scorer {
  readonly #model: Model;
  readonly #programs: CompiledPrograms;

  constructor(model: Model, runtime: Runtime) {
    this.#model = model;
    this.#programs = new CompiledPrograms(model, runtime, "scorer");
  }

  async score(sources: readonly Ids[], targets: readonly Ids[], { top = 0, signal }: ScoreOptions = {}) {
    const { config } = this.#model;
    this.#check(sources, targets, top);
    const count = top === 0 ? 0 : compiledCount(top, this.#model);
    const executable = await this.#programs.get(String(count), () => scoreProgram(this.#model, count));
    const results: ScoredSequence[] = new Array(targets.length);
    const lengths = targets.map((target, i) => Math.max(target.length, sources[i]!.length));
    const fits = (rows: number, longest: number) => rows * longest * writtenVocabSize(config) <= MAX_LOGITS;
    for (const batch of batchesByLength(lengths, fits)) {
      throwIfAborted(signal);
      if (pacer.due()) await pacer.rest();
      const pick = (all: readonly Ids[]) => batch.map((index) => all[index]!);
      const feeds = { ...teacherForced(pick(sources), pick(targets), config), labels: padRows(pick(targets), 0) };
      const outputs = await runAndRead(executable, new Map(Object.entries(feeds)));
      batch.forEach((index, row) => {
        results[index] = scoredRow(outputs, row, targets[index]!, top);
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

  #check(sources: readonly Ids[], targets: readonly Ids[], top: number): void {
    if (sources.length !== targets.length) {
      throw new HeedError("INPUT_INVALID", `There are ${sources.length} sources but ${targets.length} targets.`);
    }
    if (!(Number.isInteger(top) && top >= 0)) {
      throw new HeedError("CONFIG_INVALID", `top must be a whole number from 0, not ${top}.`, { path: "top" });
    }
    const { config } = this.#model;
    checkSequences("source", sources, config);
    checkSequences("target", targets, config, writtenVocabSize(config));
  }
}

/** Outputs: logProbs [batch, target]; topLogProbs, topIds [batch, target, count] where there are to be any. */
function scoreProgram(model: Model, count: number): Program {
  const { logits } = traceForward(model);
  const [batch, target] = logits.shape;
  const labels = input("labels", { shape: [batch!, target!], dtype: "int32" });
  const logProbs = logSoftmax(logits);
  const ofLabels = reshape(take(logProbs, reshape(labels, [batch!, target!, 1])), [batch!, target!]);
  if (count === 0) return program("score", { logProbs: ofLabels });
  const best = topK(logProbs, count);
  return program("score", { logProbs: ofLabels, topLogProbs: best.values, topIds: best.indices });
}

function scoredRow(outputs: ReadonlyMap<string, TensorData>, row: number, target: Ids, top: number): ScoredSequence {
  const logProbs = outputs.get("logProbs")!;
  const data = dataAs(logProbs, "float32");
  const tokens = Array.from(target, (id, position) => {
    const at = row * logProbs.shape[1]! + position;
    if (Number.isNaN(data[at])) throw brokenParameters();
    return { id, logProb: data[at]!, top: alternatives(outputs, at, top) };
  });
  return { tokens, logProb: tokens.reduce((total, { logProb }) => total + logProb, 0) };
}

function alternatives(outputs: ReadonlyMap<string, TensorData>, at: number, top: number): TokenProbability[] {
  const ids = outputs.get("topIds");
  if (ids === undefined) return [];
  const count = ids.shape[2]!;
  const [first, end] = [at * count, at * count + Math.min(top, count)];
  const logProbs = dataAs(outputs.get("topLogProbs")!, "float32").subarray(first, end);
  return Array.from(logProbs, (logProb, i) => ({ id: dataAs(ids, "int32")[first + i]!, logProb }));
}
