import { HeedError } from "../error.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import type { OpenFile } from "./files.ts";
import { isFloatType } from "./floats.ts";
import { readFloats } from "./read-floats.ts";

/** A tensor as it lies in a file: its numbers are read when they are asked for. */
export interface WeightTensor {
  readonly name: string;
  /** The file that holds it, for the messages of errors. */
  readonly path: string;
  /** Its element type as safetensors spells it: F32, BF16, I64, … */
  readonly type: string;
  readonly shape: readonly number[];
  /** Its numbers, rounded to the nearest. Errors: FORMAT_INVALID where they are whole or truth values; of reading. */
  readFloat32(): Promise<TensorData<"float32">>;
}

/** Where weights lie: in one file, or in several. */
export interface WeightSource {
  /** The file, or the index of the files, for the messages of errors. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  close(): Promise<void>;
}

/** How many bytes the numbers of all tensors take as float32. */
export function float32Bytes({ tensors }: WeightSource): number {
  return [...tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((size, dim) => size * dim, 4), 0);
}

/** Reads what a file says of its tensors, and checks it. Errors: FORMAT_INVALID naming the file and the tensor. */
export type WeightReader = (file: OpenFile, path: string) => Promise<ReadonlyMap<string, WeightTensor>>;

/** A tensor whose numbers follow each other, row-major, from byte `position` of the file on. */
export function contiguousTensor(
  about: Omit<WeightTensor, "readFloat32">,
  file: OpenFile,
  position: number,
): WeightTensor {
  return {
    ...about,
    async readFloat32() {
      const type = floatTypeOf(about);
      const count = about.shape.reduce((product, dim) => product * dim, 1);
      return float32(about.shape, await readFloats(file, type, position, count));
    },
  };
}

/** The element type of a tensor of floating-point numbers. Errors: FORMAT_INVALID for others. */
export function floatTypeOf({ name, type, path }: Pick<WeightTensor, "name" | "type" | "path">) {
  if (isFloatType(type)) return type;
  const message = `${path}: the tensor "${name}" is ${type}, where floating-point numbers were expected.`;
  throw new HeedError("FORMAT_INVALID", message, { path });
}
