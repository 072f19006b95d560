import { HeedError } from "../error.ts";
import { type ArrayOf, arrayTypes, type DType, float32, TensorData } from "../graph/tensor-data.ts";
import { halvesAsFloat32 } from "./floats.ts";

/** The element types of a safetensors file that Heed reads: the bytes of an element, and the dtype it becomes. */
export const storedTypes = {
  F64: { size: 8, dtype: "float64" },
  F32: { size: 4, dtype: "float32" },
  F16: { size: 2, dtype: "float32" },
  BF16: { size: 2, dtype: "float32" },
  I64: { size: 8, dtype: "int64" },
  I32: { size: 4, dtype: "int32" },
  U8: { size: 1, dtype: "uint8" },
  BOOL: { size: 1, dtype: "bool" },
} as const satisfies Record<string, { size: number; dtype: DType }>;

export type StoredType = keyof typeof storedTypes;

/** A tensor as it lies in a file: numbers are made of its bytes only when they are asked for. */
export class StoredTensor {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly #bytes: Uint8Array;

  constructor(name: string, type: StoredType, shape: readonly number[], bytes: Uint8Array) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.#bytes = bytes;
  }

  /** The numbers, copied out of the file. Half-precision types become float32, which holds each of their values. */
  read(): TensorData {
    const copy = this.#bytes.slice();
    if (this.type === "F16" || this.type === "BF16") return float32(this.shape, halvesAsFloat32(this.type, copy));
    const { dtype } = storedTypes[this.type];
    return new TensorData(dtype, this.shape, new arrayTypes[dtype](copy.buffer) as ArrayOf[DType]);
  }

  /**
   * The numbers as float32; those of F64 are rounded to the nearest.
   *
   * @throws HeedError FORMAT_INVALID when they are whole numbers or truth values. `path` is the file.
   */
  readFloat32(path: string): TensorData<"float32"> {
    const tensor = this.read();
    if (tensor.dtype === "float32") return tensor as TensorData<"float32">;
    if (tensor.dtype === "float64") return float32(this.shape, tensor.data as Float64Array);
    const message = `${path}: the tensor "${this.name}" is ${this.type}, where floating-point numbers were expected.`;
    throw new HeedError("FORMAT_INVALID", message, { path });
  }
}
