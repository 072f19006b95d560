import { HeedError, throwIfAborted } from "../error.ts";
import { input, type Program, program } from "../graph/program.ts";
import type { Executable, Runtime } from "../graph/runtime.ts";
import { dataAs, type TensorData } from "../graph/tensor-data.ts";
import type { Model } from "../models/model.ts";
import { logSoftmax, reshape, take, topK } from "../ops/index.ts";
import { pacer } from "../pacer.ts";
import { compileModel, runAndRead, traceForward } from "./forward.ts";
import { batchesByLength, checkSequences, type Ids, padRows, teacherForced } from "./sequences.ts";

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

/** Tells how probable a model finds given targets. */
export interface Scorer extends AsyncDisposable {
  /**
   * The log-probability of each target token after those before it (teacher forcing). Batches are cut by length; the
   * results are in the order of the inputs.
   *
   * @param targets Token ids as the model should write them, the end-of-sentence token included.
   * @throws HeedError INPUT_INVALID, INPUT_TOO_LONG, ABORTED
   */
  score(
    sources: readonly Ids[],
    targets: readonly Ids[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ScoredSequence[]>;
  dispose(): Promise<void>;
}

/**
 * Prepares to score.
 *
 * @param top How many of the most probable tokens to return at each position.
 */
export async function createScorer(model: Model, runtime: Runtime, top = 0): Promise<Scorer> {
  const executable = await compileModel(runtime, model, scoreProgram(model, top));
  const dispose = () => executable.dispose();
  return {
    score: (sources, targets, { signal } = {}) => score(executable, model, { sources, targets, signal }),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Scores once: as `Scorer.score`. */
export async function scoreSequences(
  model: Model,
  runtime: Runtime,
  sources: readonly Ids[],
  targets: readonly Ids[],
  { top = 0, signal }: ScoreOptions = {},
): Promise<ScoredSequence[]> {
  await using scorer = await createScorer(model, runtime, top);
  return await scorer.score(sources, targets, { signal });
}

interface Given {
  readonly sources: readonly Ids[];
  readonly targets: readonly Ids[];
  readonly signal: AbortSignal | undefined;
}

async function score(executable: Executable, model: Model, { sources, targets, signal }: Given) {
  if (sources.length !== targets.length) {
    throw new HeedError("INPUT_INVALID", `There are ${sources.length} sources but ${targets.length} targets.`);
  }
  checkSequences("source", sources, model.config);
  checkSequences("target", targets, model.config);
  const results: ScoredSequence[] = new Array(targets.length);
  const lengths = targets.map((target, i) => Math.max(target.length, sources[i]!.length));
  const fits = (rows: number, longest: number) => rows * longest * model.config.vocabSize <= MAX_LOGITS;
  for (const batch of batchesByLength(lengths, fits)) {
    throwIfAborted(signal);
    if (pacer.due()) await pacer.rest();
    const pick = (all: readonly Ids[]) => batch.map((index) => all[index]!);
    const feeds = { ...teacherForced(pick(sources), pick(targets), model.config), labels: padRows(pick(targets), 0) };
    const outputs = await runAndRead(executable, new Map(Object.entries(feeds)));
    batch.forEach((index, row) => {
      results[index] = scoredRow(outputs, row, targets[index]!);
    });
  }
  return results;
}

/** Outputs: logProbs [batch, target]; topLogProbs, topIds [batch, target, top] where asked for. */
function scoreProgram(model: Model, top: number): Program {
  const { logits } = traceForward(model);
  const [batch, target, vocabSize] = logits.shape;
  const labels = input("labels", { shape: [batch!, target!], dtype: "int32" });
  const logProbs = logSoftmax(logits);
  const ofLabels = reshape(take(logProbs, reshape(labels, [batch!, target!, 1])), [batch!, target!]);
  if (top === 0) return program("score", { logProbs: ofLabels });
  const best = topK(logProbs, Math.min(top, vocabSize as number));
  return program("score", { logProbs: ofLabels, topLogProbs: best.values, topIds: best.indices });
}

function scoredRow(outputs: ReadonlyMap<string, TensorData>, row: number, target: Ids): ScoredSequence {
  const logProbs = outputs.get("logProbs")!;
  const data = dataAs(logProbs, "float32");
  const tokens = Array.from(target, (id, position) => {
    const at = row * logProbs.shape[1]! + position;
    return { id, logProb: data[at]!, top: alternatives(outputs, at) };
  });
  return { tokens, logProb: tokens.reduce((total, { logProb }) => total + logProb, 0) };
}

function alternatives(outputs: ReadonlyMap<string, TensorData>, at: number): TokenProbability[] {
  const ids = outputs.get("topIds");
  if (ids === undefined) return [];
  const count = ids.shape[2]!;
  const logProbs = dataAs(outputs.get("topLogProbs")!, "float32").subarray(at * count, (at + 1) * count);
  return Array.from(logProbs, (logProb, i) => ({ id: dataAs(ids, "int32")[at * count + i]!, logProb }));
}
