import { program } from "../graph/program.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { compileModel, runAndRead, traceForward } from "../inference/forward.ts";
import type { InputData } from "../inference/sequences.ts";
import type { Model } from "../models/model.ts";
import { matchNames } from "./patterns.ts";

/** The name under which the model's output can be asked for as well. */
const LOGITS = "logits";

/** The names of everything that `inspect` can return of a model, in the order in which the model computes it. */
export function activationNames(model: Model): string[] {
  return [...activations(model, () => true).keys()];
}

/**
 * What the model computes on the way to its output, by name: the path of the layer and what it is there, for example
 * `decoder.layers.0.crossAttention.pattern`.
 *
 * @param batch The inputs of the model by name, as `teacherForced` makes them. Those that the activations asked for do
 *   not depend on may be left out.
 * @param names Names or patterns: `*` stands for any part of one segment, `**` for any run of characters.
 * @throws HeedError INPUT_INVALID for a name that the model does not have, SHAPE_MISMATCH for a missing or wrong input
 */
export async function inspect(
  model: Model,
  runtime: Runtime,
  batch: InputData,
  names: readonly string[],
): Promise<ReadonlyMap<string, TensorData>> {
  const wanted = new Set(matchNames(names, activationNames(model)));
  const outputs = activations(model, (path) => wanted.has(path));
  const executable = await compileModel(runtime, model, program("inspect", outputs));
  try {
    return await runAndRead(executable, new Map(Object.entries(batch)));
  } finally {
    await executable.dispose();
  }
}

function activations(model: Model, records: (path: string) => boolean): Map<string, Tensor> {
  const { logits, recorded } = traceForward(model, records);
  return new Map(records(LOGITS) ? [...recorded, [LOGITS, logits]] : recorded);
}
