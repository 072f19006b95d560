import { dataAs, type TensorData } from "../../src/graph/tensor-data.ts";

/** The largest difference to the numbers expected; more numbers may follow. NaN where one of them is NaN. */
export const furthest = (found: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Array.from(expected).reduce((max, value, i) => Math.max(max, Math.abs(value - found[i]!)), 0);

/** The numbers of a tensor at one index of its first axis. */
export function row(tensor: TensorData, index: number): Float32Array {
  const size = tensor.data.length / tensor.shape[0]!;
  return dataAs(tensor, "float32").subarray(index * size, (index + 1) * size);
}
