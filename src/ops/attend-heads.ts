import { HeedError } from "../error.ts";
import { addDims, type Dim, dimEquals } from "../graph/dim.ts";
import { apply, type OpDef, shapeError, type Tensor, type TensorType } from "../graph/tensor.ts";

interface AttendHeadsAttrs {
  /** A factor of the scores. */
  readonly scale: number;
}

/**
 * Attention of heads in one kernel, as ONNX has it: see `attend`. Queries, keys and values may have been turned or
 * normalised before, and several heads of the query may share one of key and value. It has no kernel on WebGPU.
 */
export const attendHeadsOp: OpDef<AttendHeadsAttrs> = {
  name: "attendHeads",
  opset: 23,
  infer([query, key, value, mask, ...past]) {
    const [batch, heads, target, width] = dims(query!);
    const [, keyHeads, source, keyWidth] = dims(key!);
    const before = past.length > 0 ? dims(past[0]!)[2] : 0;
    const after = addDims(before, source);
    const whole = (axis2: Dim, last: Dim): readonly Dim[] => [batch, keyHeads, axis2, last];
    const fits =
      Number(heads) % Number(keyHeads) === 0 &&
      dimEquals(width, keyWidth) &&
      hasShape(value!, whole(source, value!.shape[3] ?? 0)) &&
      hasShape(key!, whole(source, width)) &&
      maskFits(mask!, [batch, heads, target, after]) &&
      (past.length === 0 ||
        (hasShape(past[0]!, whole(before, width)) && hasShape(past[1]!, whole(before, value!.shape[3]!))));
    if (!fits) {
      const what =
        "query [batch, heads, target, d], key and value [batch, heads of keys, source, d], mask [batch or 1, heads or 1, target, past + source], and the past of both";
      throw shapeError("attendHeads", what, [query!, key!, value!, mask!, ...past]);
    }
    const { dtype } = query!;
    const context = { shape: [batch, heads, target, value!.shape[3]!], dtype };
    if (past.length === 0) return [context];
    return [context, { shape: whole(after, width), dtype }, { shape: whole(after, value!.shape[3]!), dtype }];
  },
  vjp() {
    throw new HeedError(
      "GRAPH_INVALID",
      "attendHeads has no gradient: it is for decoding. Train with attention of nn/.",
    );
  },
  scratch([query, , , mask]) {
    const [batch, heads, target] = dims(query!);
    return [{ shape: [batch, heads, target, mask!.shape[3]!], dtype: query!.dtype }];
  },
  onnx: (emit, inputs, { attrs, outputs }) =>
    emit.node("Attention", inputs, { scale: { float: attrs.scale } }, { outputs: outputs.length }),
};

/**
 * softmax(scale · Q Kᵀ + mask) V of every head.
 *
 * Shape: query [batch, heads, target, d], key and value [batch, heads of keys, source, d], mask [batch or 1, heads or 1,
 * target, past + source], past key and value [batch, heads of keys, past, d] → context as query, and, where there is a past,
 * that with key and value behind it.
 */
export function attendHeads(
  query: Tensor,
  [key, value]: readonly [Tensor, Tensor],
  mask: Tensor,
  scale: number,
  past: readonly [] | readonly [Tensor, Tensor] = [],
): readonly Tensor[] {
  return apply(attendHeadsOp, [query, key, value, mask, ...past], { scale });
}

const dims = ({ shape }: TensorType): readonly [Dim, Dim, Dim, Dim] => {
  if (shape.length !== 4) return [0, 1, 0, 0];
  return shape as unknown as readonly [Dim, Dim, Dim, Dim];
};

/** The kernel wants a row of the mask for each query. */
export function maskFits(
  { shape }: TensorType,
  [batch, heads, target, source]: readonly [Dim, Dim, Dim, Dim],
): boolean {
  const [ofBatch, ofHeads, rows, columns] = shape;
  return (
    shape.length === 4 &&
    [batch, 1].some((size) => dimEquals(ofBatch!, size)) &&
    [heads, 1].some((size) => dimEquals(ofHeads!, size)) &&
    dimEquals(rows!, target) &&
    dimEquals(columns!, source)
  );
}

function hasShape({ shape }: TensorType, expected: readonly Dim[]): boolean {
  return shape.length === expected.length && shape.every((dim, axis) => dimEquals(dim, expected[axis]!));
}
