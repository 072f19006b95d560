import { HeedError } from "../error.ts";
import { addDims, type Dim, sym, symbolName } from "../graph/dim.ts";
import { input, program } from "../graph/program.ts";
import type { Program, Tensor, TensorType } from "../graph/tensor.ts";
import { float32 } from "../graph/tensor-data.ts";
import { flattenTree, mapTree } from "../graph/tree.ts";
import { BEAMS, PAST, type State, type StepInputs, type TensorTypeLeaf } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { tracedInputs, tracedParameters } from "../models/traced.ts";
import { createContext } from "../nn/context.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import {
  add,
  concat,
  constant,
  equal,
  gather,
  greater,
  logSoftmax,
  loop,
  pad,
  reshape,
  scalarConstant,
  slice,
  sum,
  topK,
  where,
} from "../ops/index.ts";

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
 * Inputs: ids, positions [1, 1] and mask, see `StepInputs`, and the state. Outputs: topIds, topLogProbs [batch, beams, count],
 * logProbs [batch, beams, vocabSize] where asked for, and appended [batch, beams, …]: the slots of all caches side by
 * side, since each output of a call costs time.
 */
export function stepProgram(model: Model, { count, all, excluded }: StepOutputs): Program {
  const { family, config } = model;
  const state = mapTree(family.stateTypes(config), stateInput) as State;
  const positions = input("positions", { shape: [1, 1], dtype: "int32" });
  const inputs = { ...beamInputs(sym(BEAMS)), position: reshape(positions, [1]) };
  const result = family.step(tracedParameters(model), inputs, state, config, createContext({ training: false }));
  const logProbs = logSoftmax(without(result.logits, excluded, config.vocabSize));
  const best = topK(logProbs, count);
  const outputs = new Map([
    ["topIds", best.indices],
    ["topLogProbs", best.values],
    ["appended", sideBySide(result.appended)],
  ]);
  return program("step", all ? outputs.set("logProbs", logProbs) : outputs);
}

/** What the steps of greedy decoding give. */
export interface GreedyOutputs extends Pick<StepOutputs, "count"> {
  /** Whether the other tokens share the probability of those that are forbidden. */
  readonly renormalize: boolean;
}

/**
 * Steps of one beam of each input within one call of the engine, each fed the most probable token of the one before: as
 * many as there are positions, fewer once every input has ended. One that is fed the end-of-sentence token counts as ended.
 *
 * Inputs: ids and mask as of `stepProgram`, positions [steps, 1], forbidden [vocabSize], which is added (0, or FORBIDDEN
 * for a token that may not come), and the state. Outputs: those of `stepProgram`, stacked.
 */
export function greedyProgram(model: Model, { count, renormalize }: GreedyOutputs): Program {
  const { family, config } = model;
  const { vocabSize, eosTokenId } = config;
  const types = family.stateTypes(config);
  const [parameters, state] = [tracedParameters(model), mapTree(types, stateInput) as State];
  const caches = [...flattenTree<Tensor>(state)].filter(([, leaf]) => isCache(leaf));
  const { ids, mask } = beamInputs(1);
  const forbidden = input("forbidden", { shape: [vocabSize], dtype: "float32" });
  const positions = input("positions", { shape: [sym("steps"), 1], dtype: "int32" });
  const running = where(equal(ids, eosTokenId), 0, scalarConstant(1, "int32"));
  const initial = { ids, mask, running, ...Object.fromEntries(caches.map(([path, leaf]) => [STATE + path, leaf])) };
  const each = loop(sym("steps"), initial, ({ ids, mask, running, ...grown }: Carried, iteration) => {
    const present = mapTree(state, (leaf: Tensor, path) => grown[STATE + path] ?? leaf) as State;
    const inputs = { ids, mask, position: gather(positions, iteration) };
    const result = family.step(parameters, inputs, present, config, createContext({ training: false }));
    const { logits } = result;
    const best = topK(renormalize ? logSoftmax(add(logits, forbidden)) : add(logSoftmax(logits), forbidden), count);
    const chosen = reshape(slice(best.indices, -1, 0, 1), ids.shape);
    const goOn = where(equal(chosen, eosTokenId), 0, running);
    return {
      goesOn: greater(sum(goOn), 0),
      next: {
        ids: chosen,
        mask: pad(mask, -1, 0, 1),
        running: goOn,
        ...Object.fromEntries(stateOutputs(result.grown)),
      },
      each: { topIds: best.indices, topLogProbs: best.values, appended: sideBySide(result.appended) },
    };
  });
  return program("greedy", each);
}

/** What a step of greedy decoding is given by the one before: caches too, by their paths. */
type Carried = Readonly<Record<"ids" | "mask" | "running", Tensor>> & Readonly<Record<string, Tensor>>;

function beamInputs(beams: Dim): Omit<StepInputs, "position"> {
  const batch = sym("batch");
  return {
    ids: input("ids", { shape: [batch, beams], dtype: "int32" }),
    mask: input("mask", { shape: [batch, 1, beams, addDims(sym(PAST), beams)], dtype: "float32" }),
  };
}

const stateInput = (type: TensorTypeLeaf, path: string): Tensor => input(STATE + path, type);

/** The slots that a step adds to all caches. Shape: [batch, beams, …]. */
function sideBySide(appended: State): Tensor {
  return concat([...flattenTree<Tensor>(appended).values()], -1);
}

/**
 * What a step does with each leaf of the state.
 *
 * @throws HeedError GRAPH_INVALID where the family's `stateTypes` and `prefill` contradict each other
 */
export function stateLayout({ family, config }: Model, prefill: Program): StateLayout {
  const types = new Map<string, TensorTypeLeaf>();
  for (const [path, type] of flattenTree<TensorTypeLeaf>(family.stateTypes(config))) types.set(STATE + path, type);
  const caches = [...types.keys()].filter((path) => isCache(types.get(path)!));
  const shared = [...types.keys()].filter((path) => !caches.includes(path));
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

function isCache({ shape }: TensorType): boolean {
  return shape.some((dim) => symbolName(dim) === PAST);
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
