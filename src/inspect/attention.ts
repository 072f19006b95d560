import { HeedError } from "../error.ts";
import { program } from "../graph/program.ts";
import type { Executable, Runtime } from "../graph/runtime.ts";
import { dataAs } from "../graph/tensor-data.ts";
import { compileModel, runAndRead, traceForward } from "../inference/forward.ts";
import { batchesByLength, checkSequences, type Ids, teacherForced } from "../inference/sequences.ts";
import { writtenVocabSize } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { mul, sum } from "../ops/index.ts";
import { activationNames } from "./inspect.ts";
import { matchNames } from "./patterns.ts";

/** Attention weights computed at once: beyond it, a batch is cut. */
const MAX_WEIGHTS = 2 ** 22;

/** Where the model looked in the source when it predicted one target token. */
export interface SourceAttention {
  /** One weight for each source token, averaged over the heads; they add up to 1. */
  readonly weights: Float32Array;
  /** The index of the source token with the largest weight. */
  readonly strongest: number;
}

/** A source and what it was translated to. */
export interface Translated {
  readonly source: Ids;
  readonly target: Ids;
}

/** Reads one layer's attention from target to source. */
export interface AttentionReader extends AsyncDisposable {
  /** The name of the activation that is read. */
  readonly layer: string;
  /**
   * The attention of every target token of every pair: [pair][target token].
   *
   * @throws HeedError INPUT_INVALID, INPUT_TOO_LONG
   */
  read(pairs: readonly Translated[]): Promise<SourceAttention[][]>;
  dispose(): Promise<void>;
}

/** The names of a model's attention from target to source, one for each layer. */
export function crossAttentionNames(model: Model): string[] {
  return activationNames(model).filter((name) => name.endsWith("crossAttention.pattern"));
}

/**
 * Prepares to read the attention from target to source ("Attention Is All You Need", 3.2.3) of one layer.
 *
 * @param layer One of `crossAttentionNames`; the last unless told.
 * @throws HeedError INPUT_INVALID for another name, MODEL_UNSUPPORTED where the model has no such attention
 */
export async function createAttentionReader(model: Model, runtime: Runtime, layer?: string): Promise<AttentionReader> {
  const names = crossAttentionNames(model);
  if (names.length === 0) {
    throw new HeedError(
      "MODEL_UNSUPPORTED",
      `A ${model.family.modelType} records no attention from target to source: none by the name of crossAttention.`,
    );
  }
  const [name] = layer === undefined ? names.slice(-1) : matchNames([layer], names);
  const executable = await compileModel(runtime, model, attentionProgram(model, name!));
  const dispose = () => executable.dispose();
  return { layer: name!, read: (pairs) => read(executable, model, pairs), dispose, [Symbol.asyncDispose]: dispose };
}

/** Output: [batch, target, source]. */
function attentionProgram(model: Model, name: string) {
  const pattern = traceForward(model, (path) => path === name).recorded.get(name)!;
  const numHeads = pattern.shape[1] as number;
  return program("attention", { weights: mul(sum(pattern, [1]), 1 / numHeads) });
}

async function read(executable: Executable, model: Model, pairs: readonly Translated[]): Promise<SourceAttention[][]> {
  const sources = pairs.map(({ source }) => source);
  const targets = pairs.map(({ target }) => target);
  checkSequences("source", sources, model.config);
  checkSequences("target", targets, model.config, writtenVocabSize(model.config));
  const results: SourceAttention[][] = new Array(pairs.length);
  const longer = pairs.map(({ source, target }) => Math.max(source.length, target.length));
  for (const batch of batchesByLength(longer, (rows, longest) => rows * longest * longest <= MAX_WEIGHTS)) {
    const pick = (all: readonly Ids[]) => batch.map((index) => all[index]!);
    const feeds = teacherForced(pick(sources), pick(targets), model.config);
    const weights = (await runAndRead(executable, new Map(Object.entries(feeds)))).get("weights")!;
    batch.forEach((index, row) => {
      results[index] = cut(dataAs(weights, "float32"), weights.shape, row, pairs[index]!);
    });
  }
  return results;
}

/** The part of a padded batch that belongs to one pair. */
function cut(data: Float32Array, shape: readonly number[], row: number, pair: Translated): SourceAttention[] {
  const [, targets, sources] = shape as readonly [number, number, number];
  return Array.from({ length: pair.target.length }, (_, target) => {
    const start = (row * targets + target) * sources;
    const weights = data.slice(start, start + pair.source.length);
    return { weights, strongest: indexOfMax(weights) };
  });
}

function indexOfMax(numbers: Float32Array): number {
  return numbers.reduce((best, number, i) => (number > numbers[best]! ? i : best), 0);
}
