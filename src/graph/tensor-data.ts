import { HeedError } from "../error.ts";

/** The typed array that holds each element type. */
export interface ArrayOf {
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
}

/** An element type. */
export type DType = keyof ArrayOf;

/** The constructor of the typed array that holds a dtype. */
export const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** Numbers with a shape, row-major. */
export class TensorData<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data!: ArrayOf[D];

  /** @param data The numbers, or what reads them whenever they are asked for, see `FileTensor`. */
  constructor(dtype: D, shape: readonly number[], data: ArrayOf[D] | (() => ArrayOf[D])) {
    this.dtype = dtype;
    this.shape = shape;
    if (typeof data !== "function") this.data = ofShape(shape, data);
    else Object.defineProperty(this, "data", { get: () => ofShape(shape, data()), enumerable: true });
  }
}

function ofShape<T extends { readonly length: number }>(shape: readonly number[], data: T): T {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (data.length === size) return data;
  throw new HeedError("SHAPE_MISMATCH", `A tensor of shape [${shape}] holds ${size} numbers, not ${data.length}.`);
}

/** A float32 tensor from any list of numbers. */
export function float32(shape: readonly number[], data: ArrayLike<number>): TensorData<"float32"> {
  return new TensorData("float32", shape, isOwned(data, Float32Array) ? data : Float32Array.from(data));
}

/** An int32 tensor from any list of numbers. */
export function int32(shape: readonly number[], data: ArrayLike<number>): TensorData<"int32"> {
  return new TensorData("int32", shape, isOwned(data, Int32Array) ? data : Int32Array.from(data));
}

/** A bool tensor (bytes 0 and 1). */
export function bool(shape: readonly number[], data: ArrayLike<number>): TensorData<"bool"> {
  return new TensorData("bool", shape, isOwned(data, Uint8Array) ? data : Uint8Array.from(data));
}

/** A scalar of any element type. */
export function scalarOf<D extends DType>(value: number, dtype: D): TensorData<D> {
  const data = dtype === "int64" ? BigInt64Array.of(BigInt(value)) : arrayTypes[dtype].of(value as never);
  return new TensorData(dtype, [], data as ArrayOf[D]);
}

/** Whether the numbers can be used as they are: ONNX Runtime refuses tensors over a SharedArrayBuffer. */
function isOwned<T extends { buffer: ArrayBuffer }>(
  data: ArrayLike<number>,
  type: new (size: number) => T,
): data is ArrayLike<number> & T {
  return data instanceof type && data.buffer instanceof ArrayBuffer;
}

/** Asserts the dtype and returns the numbers. */
export function dataAs<D extends DType>(tensor: TensorData, dtype: D): ArrayOf[D] {
  if (tensor.dtype !== dtype) {
    throw new HeedError("GRAPH_INVALID", `Expected a ${dtype} tensor, found ${tensor.dtype}.`);
  }
  return tensor.data as ArrayOf[D];
}
