import { HeedError } from "../error.ts";
import { sym, symbolName } from "../graph/dim.ts";
import { input, type Program, program } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32 } from "../graph/tensor-data.ts";
import { flattenTree, mapTree } from "../graph/tree.ts";
import { tracedInputs, tracedParameters } from "../inspect/forward.ts";
import { PAST, type State, type TensorTypeLeaf } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { createContext } from "../nn/context.ts";
import { add, constant, logSoftmax, topK } from "../ops/index.ts";

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

/** Added to logits: e to its power is 0 in float32. */
const EXCLUDED = -1e9;

/** The leaves of a model's decoding state, by what a step does with them. */
export interface StateLayout {
  /** A step returns what to append along the axis `past`. */
  readonly caches: ReadonlyMap<string, TensorTypeLeaf>;
  /** A step returns them whole. */
  readonly carried: readonly string[];
  /** No step changes them: the rows of one input share them. */
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
 * One position of every row. Only the most probable tokens leave the engine, not the whole vocabulary, unless asked for.
 *
 * Inputs: ids, pastLength [rows] int32, and the state. Outputs: topIds, topLogProbs [rows, count], logProbs
 * [rows, vocabSize] where asked for, and the leaves of the state that change.
 */
export function stepProgram(model: Model, { count, all, excluded }: StepOutputs): Program {
  const { family, config } = model;
  const row = { shape: [sym("rows")], dtype: "int32" } as const;
  const types = family.stateTypes(config);
  const state = mapTree(types, (type: TensorTypeLeaf, path) => input(STATE + path, type)) as State;
  const ctx = createContext({ training: false });
  const [ids, pastLength] = [input("ids", row), input("pastLength", row)];
  const result = family.step(tracedParameters(model), ids, pastLength, state, config, ctx);
  const logProbs = logSoftmax(without(result.logits, excluded, config.vocabSize));
  const best = topK(logProbs, count);
  const outputs = stateOutputs(result.state).set("topIds", best.indices).set("topLogProbs", best.values);
  return program("step", all ? outputs.set("logProbs", logProbs) : outputs);
}

/**
 * What a step does with each leaf of the state.
 *
 * @throws HeedError GRAPH_INVALID where the family's `stateTypes`, `prefill` and `step` contradict each other
 */
export function stateLayout(model: Model, prefill: Program, step: Program): StateLayout {
  const types = flattenTree<TensorTypeLeaf>(model.family.stateTypes(model.config));
  const paths = [...types.keys()].map((path) => STATE + path);
  const isCache = (path: string) => types.get(path.slice(STATE.length))!.shape.some((dim) => symbolName(dim) === PAST);
  const caches = paths.filter(isCache);
  const others = paths.filter((path) => !isCache(path));
  const problem =
    named(
      "step returns no part to append to",
      caches.find((path) => !step.outputs.has(path)),
    ) ??
    named(
      "prefill does not return",
      others.find((path) => !prefill.outputs.has(path)),
    ) ??
    named(
      "prefill may not return the cache",
      caches.find((path) => prefill.outputs.has(path)),
    );
  if (problem !== undefined) throw new HeedError("GRAPH_INVALID", `${model.family.modelType}: ${problem}.`);
  return {
    caches: new Map(caches.map((path) => [path, types.get(path.slice(STATE.length))!])),
    carried: others.filter((path) => step.outputs.has(path)),
    shared: others.filter((path) => !step.outputs.has(path)),
  };
}

function without(logits: Tensor, excluded: readonly number[], vocabSize: number): Tensor {
  if (excluded.length === 0) return logits;
  const mask = new Float32Array(vocabSize);
  for (const id of excluded) mask[id] = EXCLUDED;
  return add(logits, constant(float32([vocabSize], mask)));
}

function stateOutputs(state: State): Map<string, Tensor> {
  return new Map([...flattenTree<Tensor>(state)].map(([path, tensor]) => [STATE + path, tensor]));
}

function named(problem: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : `${problem} "${path}"`;
}
