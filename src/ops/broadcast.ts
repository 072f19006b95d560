import { type Dim, dimEquals } from "../graph/dim.ts";
import { shapeError, type TensorType } from "../graph/tensor.ts";

/**
 * The shape of two broadcast operands, aligned at the last axis. Only the literal 1 broadcasts:
 * two different symbols never do, whatever they are bound to.
 */
export function broadcastShapes(op: string, a: TensorType, b: TensorType): readonly Dim[] {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a.shape[i - rank + a.shape.length] ?? 1;
    const right = b.shape[i - rank + b.shape.length] ?? 1;
    if (left === 1) return right;
    if (right === 1 || dimEquals(left, right)) return left;
    throw shapeError(op, "shapes that are equal or 1 on each axis", [a, b]);
  });
}

/** An axis counted from the front; negative ones count from the end. */
export function normalizeAxis(op: string, axis: number, type: TensorType): number {
  const rank = type.shape.length;
  const normalized = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normalized < 0 || normalized >= rank) {
    throw shapeError(op, `an axis between ${-rank} and ${rank - 1} (not ${axis})`, [type]);
  }
  return normalized;
}

export function sameDType(op: string, inputs: readonly TensorType[]): void {
  if (inputs.some((type) => type.dtype !== inputs[0]!.dtype)) throw shapeError(op, "one element type", inputs);
}
