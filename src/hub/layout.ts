import { HeedError } from "../error.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import type { HeadName } from "../models/heads.ts";
import type { Parameter } from "../nn/parameter.ts";
import { pacer } from "../pacer.ts";
import type { Weights } from "./weights.ts";

/**
 * How a parameter lies in a file: as it is; transposed, as PyTorch's linear layers are ([out, in], here [in, out]); as the
 * one row of a matrix; or transposed, with the numbers of each head together.
 */
export type Form = "asIs" | "transposed" | "row" | ByHead;

/**
 * Linear maps that are one matrix, here one behind the other ([in, parts · numHeads · dHead]), in the file head by head
 * ([numHeads · parts · dHead, in]); so too their bias.
 */
export interface ByHead {
  readonly parts: number;
  readonly numHeads: number;
}

/** The name and the form of a parameter in a file. */
export interface Stored {
  readonly name: string;
  readonly form: Form;
}

/** Where each parameter of a model lies in a file. */
export type Layout = (path: string, parameter: Parameter) => Stored;

/** Where parameters lie, by their paths, with "*" for the number of a layer in path and name. */
export type LayoutTable = Readonly<Record<string, Stored>>;

/** The layout that a table says. */
export function layoutOf(table: LayoutTable): Layout {
  return (path) => {
    const [, index] = /\.(\d+)\./.exec(path) ?? [];
    const { name, form } = table[path.replace(/\.\d+\./, ".*.")]!;
    return { name: index === undefined ? name : name.replace("*", index), form };
  };
}

/** A linear layer of PyTorch, with its bias where it has one. */
export const linearAt = (path: string, name: string, form: Form = "transposed"): LayoutTable => ({
  [`${path}.weight`]: { name: `${name}.weight`, form },
  [`${path}.bias`]: { name: `${name}.bias`, form: typeof form === "string" ? "asIs" : form },
});

/** A norm, or another module whose parameters lie as they are. */
export const normAt = (path: string, name: string): LayoutTable => linearAt(path, name, "asIs");

/** A table of embeddings. */
export const tableAt = (path: string, name: string): LayoutTable => ({
  [path]: { name: `${name}.weight`, form: "asIs" },
});

/** The head for classes or spans, by the name that the class of each has for it. */
export const headAt = (head: HeadName, names: Partial<Readonly<Record<HeadName, string>>>): LayoutTable =>
  names[head] === undefined ? {} : linearAt("head", names[head]);

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
    read.set(path, await weights.keep(found));
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
  if (form === "asIs") return shape;
  return form === "row" ? [1, ...shape] : shape.toReversed();
}

function toStored(form: Form, tensor: TensorData<"float32">): TensorData<"float32"> {
  if (form === "transposed") return transposed(tensor);
  if (typeof form === "object") return transposed(reordered(tensor, form.parts, form.numHeads));
  return float32(storedShape(form, tensor.shape), tensor.data);
}

/** From a stored form to [in, out], or to a vector. */
export function fromStored(form: Form, tensor: TensorData<"float32">): TensorData<"float32"> {
  if (form === "transposed") return transposed(tensor);
  if (typeof form === "object") return reordered(transposed(tensor), form.numHeads, form.parts);
  return form === "row" ? float32(tensor.shape.slice(1), tensor.data) : tensor;
}

/** Columns of `outer` groups of `inner` parts → of `inner` groups of `outer` parts. Shape: [columns] or [rows, columns]. */
function reordered({ shape, data }: TensorData<"float32">, outer: number, inner: number): TensorData<"float32"> {
  const columns = shape.at(-1)!;
  const width = columns / (outer * inner);
  const result = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += columns) {
    for (let part = 0; part < outer * inner; part++) {
      const to = row + ((part % inner) * outer + Math.floor(part / inner)) * width;
      result.set(data.subarray(row + part * width, row + (part + 1) * width), to);
    }
  }
  return float32(shape, result);
}

/** Rows and columns in blocks, so that a cache line that was fetched is used whole. */
const BLOCK = 32;

/** [rows, columns] → [columns, rows]; a vector stays one. */
function transposed(tensor: TensorData<"float32">): TensorData<"float32"> {
  if (tensor.shape.length === 1) return tensor;
  const { shape, data } = tensor;
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
