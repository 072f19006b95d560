import { HeedError } from "../error.ts";
import { symbolsIn } from "../graph/dim.ts";
import { inputAttrs, program, sortNodes } from "../graph/program.ts";
import type { Runtime } from "../graph/runtime.ts";
import { Tensor } from "../graph/tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { compileModel, runAndRead, traceForward } from "../inference/forward.ts";
import { checkSequences, type InputData } from "../inference/sequences.ts";
import type { Model } from "../models/model.ts";
import { tracedInputs } from "../models/traced.ts";
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
 * @throws HeedError INPUT_INVALID for a name that the model does not have, or an id beyond its vocabulary; INPUT_TOO_LONG;
 *   SHAPE_MISMATCH for a missing or wrong input
 */
export async function inspect(
  model: Model,
  runtime: Runtime,
  batch: InputData,
  names: readonly string[],
): Promise<ReadonlyMap<string, TensorData>> {
  checkNames(names);
  checkBatch(batch, model);
  const wanted = new Set(matchNames(names, activationNames(model)));
  const outputs = activations(model, (path) => wanted.has(path));
  const sizes = inputsOfSizes(outputs, model);
  const executable = await compileModel(runtime, model, program("inspect", new Map([...outputs, ...sizes])));
  try {
    const found = await runAndRead(executable, new Map(Object.entries(batch)));
    return new Map([...found].filter(([name]) => outputs.has(name)));
  } finally {
    await executable.dispose();
  }
}

/**
 * Inputs that activations do not depend on but for their size, as those of positions do: a program knows a size only from
 * an input that it has.
 */
function inputsOfSizes(outputs: ReadonlyMap<string, Tensor>, model: Model): Map<string, Tensor> {
  const nodes = sortNodes([...outputs.values()]);
  const known = new Set(nodes.flatMap((node) => inputAttrs(new Tensor(node, 0))?.shape.flatMap(symbolsIn) ?? []));
  const needed = nodes.flatMap((node) => node.outputs.flatMap(({ shape }) => shape.flatMap(symbolsIn)));
  const unknown = new Set(needed.filter((symbol) => !known.has(symbol)));
  const inputs = Object.entries(tracedInputs(model));
  const giving = (symbol: string) => inputs.find(([, { shape }]) => shape.flatMap(symbolsIn).includes(symbol));
  const found = [...unknown].map(giving).filter((given) => given !== undefined);
  return new Map(found.map(([name, tensor]) => [`sizes.${name}`, tensor]));
}

/** TypeScript has checked this; JavaScript has not. */
function checkNames(names: unknown): void {
  if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === "string")) return;
  const message = 'names: expected a list of names or patterns, at least one, as in ["decoder.**"].';
  throw new HeedError("INPUT_INVALID", message);
}

/** The engine would read whatever lies beside its tables, or say so in words of its own. */
function checkBatch(batch: InputData, { config }: Model): void {
  for (const [name, ids] of Object.entries(batch)) {
    if (!/ids$/i.test(name) || ids.shape.length !== 2) continue;
    const [rows, width] = ids.shape as [number, number];
    const sequences = Array.from({ length: width === 0 ? 0 : rows }, (_, row) =>
      Array.from(ids.data.subarray(row * width, (row + 1) * width), Number),
    );
    checkSequences(name, sequences, config);
  }
}

function activations(model: Model, records: (path: string) => boolean): Map<string, Tensor> {
  const { logits, recorded } = traceForward(model, records);
  return new Map(records(LOGITS) ? [...recorded, [LOGITS, logits]] : recorded);
}
