import { HeedError } from "../error.ts";
import { addDims, type Dim, mulDims, sym } from "../graph/dim.ts";
import { input, program } from "../graph/program.ts";
import type { Program, Tensor, TensorType } from "../graph/tensor.ts";
import { requireHead } from "../models/head-of.ts";
import { writingHeads } from "../models/heads.ts";
import type { Model } from "../models/model.ts";
import { tracedInputs, tracedParameters } from "../models/traced.ts";
import { createContext, type Past } from "../nn/context.ts";
import { concat, reshape, transpose } from "../ops/index.ts";

/**
 * The symbol of the axis along which caches grow: a slot for each position of each beam of an input. No beam's slots ever
 * move: which of them are a beam's own past, a mask says.
 */
export const PAST = "past";

/** The symbol of the new positions of a call, of one input: in a step one of each beam, else those of a prompt. */
export const NEW = "new";

/** What stands before the path of what decoding keeps, where it is an input or output of a program. */
const STATE = "state.";

/** A model at new positions, behind others. */
export interface Decoded {
  /** [batch, new, width] */
  readonly states: Tensor;
  /** The scores of the token behind positions of these states. Shape: [..., width] → [..., vocabSize]. */
  readonly logits: (states: Tensor) => Tensor;
  /** What each cache is to take in. Shape: [batch, new, …]. */
  readonly appended: ReadonlyMap<string, Tensor>;
  /** Each cache with that behind it. Shape: [batch, …, past + new, width]. */
  readonly grown: ReadonlyMap<string, Tensor>;
}

/**
 * Traces a model at new positions. What it keeps from call to call are inputs, so that what computes them is no part of the
 * program: in an encoder–decoder the whole encoder.
 *
 * @param cached The caches; inputs of the program unless given.
 */
export function decoded(
  model: Model,
  ids: Tensor,
  past: Past,
  cached: (name: string, type: TensorType) => Tensor = input,
): Decoded {
  const [appended, grown] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
  const behindPast = (path: string, x: Tensor) => {
    const name = STATE + path;
    const whole = concat([cached(name, { shape: x.shape.with(-2, sym(PAST)), dtype: x.dtype }), x], -2);
    appended.set(name, slotsOf(x));
    grown.set(name, whole);
    return whole;
  };
  const once = (path: string, x: Tensor) => input(STATE + path, x);
  const ctx = createContext({ training: false, keeping: { past, once, behindPast } });
  const inputs = { ...tracedInputs(model), [writtenBy(model)]: ids };
  return { ...model.family.forward(tracedParameters(model), inputs, model.config, ctx), appended, grown };
}

/** The name of the input that holds what a model writes. Errors: MODEL_UNSUPPORTED. */
export function writtenBy(model: Pick<Model, "family" | "config">): string {
  requireHead(model, writingHeads, "write text");
  const { modelType, written } = model.family;
  if (written !== undefined) return written;
  throw new HeedError("MODEL_UNSUPPORTED", `The family "${modelType}" does not say which input holds what it writes.`);
}

/** The tokens at new positions as an input of a program. */
export const newIds = (count: Dim): Tensor => input("ids", { shape: [sym("batch"), count], dtype: "int32" });

/** Which of the past new positions see, as an input of a program. */
export const newMask = (count: Dim): Tensor =>
  input("mask", { shape: [sym("batch"), 1, count, addDims(sym(PAST), count)], dtype: "float32" });

/** Where slots and new positions stand, as an input of a program. */
export const newKeyPositions = (count: Dim): Tensor =>
  input("keyPositions", { shape: [sym("batch"), addDims(sym(PAST), count)], dtype: "int32" });

/** The place of any number of new positions, as inputs of a program. */
export function newPast(): Past {
  const count = sym(NEW);
  const positions = input("positions", { shape: [sym("batch"), count], dtype: "int32" });
  return { positions, keyPositions: newKeyPositions(count), mask: newMask(count) };
}

/** The slots that a call adds to all caches side by side, since each output of a call costs time. Shape: [batch, new, …]. */
export function sideBySide(appended: Decoded["appended"]): Tensor {
  return concat([...appended.values()], -1);
}

/** [batch, …, new, width] → [batch, new, … · width] */
function slotsOf(x: Tensor): Tensor {
  const [batch, blocks, positions, width] = x.shape as [Dim, Dim, Dim, Dim];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, positions, mulDims(blocks, width)]);
}

/** What a model keeps from call to call, as it says itself when it is traced. */
export interface StateLayout {
  /** Shape: [batch, …, past, width]. */
  readonly caches: ReadonlyMap<string, TensorType>;
  /** The model's own inputs that every call reads again. */
  readonly inputs: readonly string[];
  /** Whether calls read where slots stand. */
  readonly relative: boolean;
  /** Computes the rest of the state, which no call changes, from the model's inputs; undefined where there is none. */
  readonly prefill: Program | undefined;
}

/** Errors: MODEL_UNSUPPORTED; GRAPH_INVALID where what is computed once depends on what is written. */
export function stateLayout(model: Model): StateLayout {
  const { states, grown } = decoded(model, newIds(sym(NEW)), newPast());
  const caches = [...grown].map(
    ([name, { shape, dtype }]) => [name, { shape: shape.with(-2, sym(PAST)), dtype }] as const,
  );
  if (caches.length === 0) {
    const message = `${model.family.modelType}: decoding keeps nothing, since forward never called ctx.behindPast.`;
    throw new HeedError("GRAPH_INVALID", `${message} Give it what later positions need, as keys and values.`);
  }
  const own = new Set(Object.keys(model.family.inputTypes(model.config)));
  const read = program("step", { states }).inputs.map(({ name }) => name);
  const inputs = read.filter((name) => own.has(name));
  return { caches: new Map(caches), inputs, relative: read.includes("keyPositions"), prefill: prefillProgram(model) };
}

/** What of the state is computed before anything is written. */
export function prefillProgram(model: Model): Program | undefined {
  const kept = new Map<string, Tensor>();
  const once = (path: string, x: Tensor) => {
    kept.set(STATE + path, x);
    return x;
  };
  const ctx = createContext({ training: false, keeping: { once } });
  model.family.forward(tracedParameters(model), tracedInputs(model), model.config, ctx);
  if (kept.size === 0) return undefined;
  const prefill = program("prefill", kept);
  const written = writtenBy(model);
  if (prefill.inputs.every(({ name }) => name !== written)) return prefill;
  const message = `${model.family.modelType}: what is computed once depends on "${written}", which grows.`;
  throw new HeedError("GRAPH_INVALID", message);
}
