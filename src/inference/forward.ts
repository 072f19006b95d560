import { HeedError } from "../error.ts";
import type { Executable, Feeds, Runtime } from "../graph/runtime.ts";
import type { Program, Tensor } from "../graph/tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import type { Outputs } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { PARAMETER, tracedInputs, tracedParameters } from "../models/traced.ts";
import { type Context, createContext } from "../nn/context.ts";

export interface TracedForward {
  /** What the head gives; of tokens [batch, positions, vocabSize]. */
  readonly logits: Tensor;
  /** The activations that were asked for, by their paths. */
  readonly recorded: ReadonlyMap<string, Tensor>;
}

/** Traces the model over every position at once, as in evaluation (no dropout). */
export function traceForward(model: Model, records: (path: string) => boolean = () => false): TracedForward {
  const ctx = createContext({ training: false, records });
  const { states, logits } = traceStates(model, ctx);
  return { logits: logits(states), recorded: ctx.recorded };
}

/** As `traceForward`, up to the states and the head that reads them. */
export function traceStates(model: Model, ctx: Context = createContext({ training: false })): Outputs {
  return model.family.forward(tracedParameters(model), tracedInputs(model), model.config, ctx);
}

/** Compiles a program of the model with its parameters as constants. */
export function compileModel(runtime: Runtime, model: Model, closed: Program): Promise<Executable> {
  const constants = new Map<string, TensorData>();
  for (const [path, data] of model.parameters) constants.set(PARAMETER + path, data);
  return runtime.compile(closed, { constants });
}

/** Runs a program and copies its outputs to JavaScript. */
export async function runAndRead(executable: Executable, feeds: Feeds): Promise<Map<string, TensorData>> {
  const values = await executable.run(feeds);
  try {
    const read = [...values].map(async ([name, value]) => [name, await value.read()] as const);
    return new Map(await Promise.all(read));
  } finally {
    for (const value of values.values()) value.dispose();
  }
}

/** What to throw where a model computes NaN in place of what is wanted. */
export function brokenParameters(wanted = "log-probabilities"): HeedError {
  const message = `The model computed NaN in place of ${wanted}.`;
  return new HeedError("RUNTIME_FAILED", `${message} Its parameters are broken: use an earlier checkpoint.`);
}
