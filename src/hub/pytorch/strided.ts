import { pacer } from "../../pacer.ts";

/** Numbers between two looks at the clock. */
const SLICE = 2 ** 16;

/** Whether elements of these strides follow each other, row-major. A dimension of 1 may have any stride. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/**
 * The numbers of a strided tensor, row-major: the one at (i, j, …) is span[i·strides[0] + j·strides[1] + …].
 *
 * @param span As far as the strides reach.
 */
export async function gathered(
  span: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Promise<Float32Array<ArrayBuffer>> {
  const numbers = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < numbers.length; to++) {
    numbers[to] = span[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
    if (to % SLICE === 0 && pacer.due()) await pacer.rest();
  }
  return numbers;
}
