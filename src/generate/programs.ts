import { HeedError } from "../error.ts";
import { addDims, sym, symbolName } from "../graph/dim.ts";
import { input, type Program, program } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32 } from "../graph/tensor-data.ts";
import { flattenTree, mapTree } from "../graph/tree.ts";
import { BEAMS, PAST, type State, type StepInputs, type TensorTypeLeaf } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { tracedInputs, tracedParameters } from "../models/traced.ts";
import { createContext } from "../nn/context.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import { add, concat, constant, logSoftmax, topK } from "../ops/index.ts";

/** The name of a leaf of the decoding state as an input or output of a program. */
const STATE = "state.";

/** What a step gives of the distribution of the next token. */
export interface StepOutputs {
  /** How many of the most probable tokens. */
  readonly count: number;
  /** Whether the log-probabilities of the whole vocabulary as well. */
  readonly all: boolean;
  /** Tokens that get no probability, so that the others share it. */
  readonly excluded: readonly number[];
}

/** The leaves of a model's decoding state, by what a step does with them. */
export interface StateLayout {
  /** A step returns what to append along the axis `past`. */
  readonly caches: ReadonlyMap<string, TensorTypeLeaf>;
  /** No step changes them: the beams of one input share them. */
  readonly shared: readonly string[];
}

/** Reads the sources. Outputs: the leaves of the state that are known before the first step. */
export function prefillProgram(model: Model): Program {
  const { family, config } = model;
  const inputs = tracedInputs(model, family.prefillInputs);
  const state = family.prefill(tracedParameters(model), inputs, config, createContext({ training: false }));
  return program("prefill", stateOutputs(state));
}

/**
 * One position of every beam. Only the most probable tokens leave the engine, not the whole vocabulary, unless asked for.
 *
 * Inputs: ids, position and mask, see `StepInputs`, and the state. Outputs: topIds, topLogProbs [batch, beams, count],
 * logProbs [batch, beams, vocabSize] where asked for, and appended [batch, beams, …]: the slots of all caches side by
 * side, since each output of a call costs time.
 */
export function stepProgram(model: Model, { count, all, excluded }: StepOutputs): Program {
  const { family, config } = model;
  const types = family.stateTypes(config);
  const state = mapTree(types, (type: TensorTypeLeaf, path) => input(STATE + path, type)) as State;
  const result = family.step(tracedParameters(model), stepInputs(), state, config, createContext({ training: false }));
  const logProbs = logSoftmax(without(result.logits, excluded, config.vocabSize));
  const best = topK(logProbs, count);
  const appended = concat([...flattenTree<Tensor>(result.state).values()], -1);
  const outputs = new Map([
    ["topIds", best.indices],
    ["topLogProbs", best.values],
    ["appended", appended],
  ]);
  return program("step", all ? outputs.set("logProbs", logProbs) : outputs);
}

function stepInputs(): StepInputs {
  const [batch, beams] = [sym("batch"), sym(BEAMS)];
  return {
    ids: input("ids", { shape: [batch, beams], dtype: "int32" }),
    position: input("position", { shape: [1], dtype: "int32" }),
    mask: input("mask", { shape: [batch, 1, beams, addDims(sym(PAST), beams)], dtype: "float32" }),
  };
}

/**
 * What a step does with each leaf of the state.
 *
 * @throws HeedError GRAPH_INVALID where the family's `stateTypes` and `prefill` contradict each other
 */
export function stateLayout({ family, config }: Model, prefill: Program): StateLayout {
  const types = new Map<string, TensorTypeLeaf>();
  for (const [path, type] of flattenTree<TensorTypeLeaf>(family.stateTypes(config))) types.set(STATE + path, type);
  const isCache = (path: string) => types.get(path)!.shape.some((dim) => symbolName(dim) === PAST);
  const caches = [...types.keys()].filter(isCache);
  const shared = [...types.keys()].filter((path) => !isCache(path));
  const problem =
    named(
      "prefill does not return",
      shared.find((path) => !prefill.outputs.has(path)),
    ) ??
    named(
      "prefill may not return the cache",
      caches.find((path) => prefill.outputs.has(path)),
    );
  if (problem !== undefined) throw new HeedError("GRAPH_INVALID", `${family.modelType}: ${problem}.`);
  return { caches: new Map(caches.map((path) => [path, types.get(path)!])), shared };
}

function without(logits: Tensor, excluded: readonly number[], vocabSize: number): Tensor {
  if (excluded.length === 0) return logits;
  const mask = new Float32Array(vocabSize);
  for (const id of excluded) mask[id] = FORBIDDEN;
  return add(logits, constant(float32([vocabSize], mask)));
}

function stateOutputs(state: State): Map<string, Tensor> {
  return new Map([...flattenTree<Tensor>(state)].map(([path, tensor]) => [STATE + path, tensor]));
}

function named(problem: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : `${problem} "${path}"`;
}
