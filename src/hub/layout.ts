import { HeedError } from "../error.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import type { Parameter } from "../nn/parameter.ts";
import { pacer } from "../pacer.ts";
import type { Weights } from "./weights.ts";

/**
 * How a parameter lies in a file: as it is; transposed, as PyTorch's linear layers are ([out, in], here [in, out]); or
 * as the one row of a matrix.
 */
export type Form = "asIs" | "transposed" | "row";

/** The name and the form of a parameter in a file. */
export interface Stored {
  readonly name: string;
  readonly form: Form;
}

/** Where each parameter of a model lies in a file. */
export type Layout = (path: string, parameter: Parameter) => Stored;

type Parameters = ReadonlyMap<string, TensorData<"float32">>;

/** Takes parameters out of a file, but for those that are `known`. Errors: those of `Weights.take`. */
export async function readParameters(
  parameters: ReadonlyMap<string, Parameter>,
  layout: Layout,
  weights: Weights,
  known: Parameters,
): Promise<Map<string, TensorData<"float32">>> {
  const read = new Map<string, TensorData<"float32">>();
  for (const [path, parameter] of parameters) {
    const { name, form } = layout(path, parameter);
    const found = known.get(path) ?? fromStored(form, await weights.take(name, storedShape(form, parameter.shape)));
    read.set(path, found);
    if (pacer.due()) await pacer.rest();
  }
  return read;
}

/** The tensors of a file that holds these parameters, by name. Errors: INPUT_INVALID when one has no numbers. */
export async function storeParameters(
  parameters: ReadonlyMap<string, Parameter>,
  layout: Layout,
  values: Parameters,
): Promise<Map<string, TensorData<"float32">>> {
  const stored = new Map<string, TensorData<"float32">>();
  for (const [path, parameter] of parameters) {
    const { name, form } = layout(path, parameter);
    const value = values.get(path);
    if (value === undefined) throw new HeedError("INPUT_INVALID", `The model has no parameter "${path}".`, { path });
    stored.set(name, toStored(form, value));
    if (pacer.due()) await pacer.rest();
  }
  return stored;
}

function storedShape(form: Form, shape: readonly number[]): readonly number[] {
  if (form === "transposed") return shape.toReversed();
  return form === "row" ? [1, ...shape] : shape;
}

function toStored(form: Form, tensor: TensorData<"float32">): TensorData<"float32"> {
  return form === "transposed" ? transposed(tensor) : float32(storedShape(form, tensor.shape), tensor.data);
}

/** From a stored form to [in, out], or to a vector. */
export function fromStored(form: Form, tensor: TensorData<"float32">): TensorData<"float32"> {
  if (form === "transposed") return transposed(tensor);
  return form === "row" ? float32(tensor.shape.slice(1), tensor.data) : tensor;
}

/** Rows and columns in blocks, so that a cache line that was fetched is used whole. */
const BLOCK = 32;

/** [rows, columns] → [columns, rows] */
function transposed({ shape, data }: TensorData<"float32">): TensorData<"float32"> {
  const [rows, columns] = shape as readonly [number, number];
  const result = new Float32Array(data.length);
  for (let top = 0; top < rows; top += BLOCK) {
    for (let left = 0; left < columns; left += BLOCK) {
      for (let row = top; row < Math.min(top + BLOCK, rows); row++) {
        for (let column = left; column < Math.min(left + BLOCK, columns); column++) {
          result[column * rows + row] = data[row * columns + column]!;
        }
      }
    }
  }
  return float32([columns, rows], result);
}
