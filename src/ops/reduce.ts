import { type Dim, shapeEquals } from "../graph/dim.ts";
import { onnxTypes } from "../graph/onnx-types.ts";
import { applyOne, type OpDef, shapeError, type Tensor, type TensorType } from "../graph/tensor.ts";
import { mul } from "./binary.ts";
import { broadcastShapes, normalizeAxis } from "./broadcast.ts";
import { reshape } from "./shape.ts";

interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

function reduction(name: string, onnx: string, gradient: (dy: Tensor, x: Tensor) => Tensor): OpDef<ReduceAttrs> {
  return {
    name,
    infer: ([x], attrs) => [{ shape: reducedShape(x!, attrs), dtype: x!.dtype }],
    vjp([dy], { inputs: [x], attrs }) {
      return [gradient(attrs.keepDims ? dy! : reshape(dy!, reducedShape(x!, { ...attrs, keepDims: true })), x!)];
    },
    onnx(emit, [x], { attrs }) {
      return emit.node(onnx, [x!, emit.int64s(attrs.axes)], { keepdims: { int: attrs.keepDims ? 1 : 0 } });
    },
  };
}

export const sumOp = reduction("sum", "ReduceSum", (dy, x) => broadcastTo(dy, x.shape));
export const sumSquareOp = reduction("sumSquare", "ReduceSumSquare", (dy, x) => mul(mul(x, 2), dy));

/** The sum over the given axes (all unless told). */
export function sum(x: Tensor, axes: readonly number[] = allAxes(x), keepDims = false): Tensor {
  return axes.length === 0 ? x : reduce(sumOp, x, axes, keepDims);
}

/** The sum of squares over the given axes (all unless told). */
export function sumSquare(x: Tensor, axes: readonly number[] = allAxes(x), keepDims = false): Tensor {
  return axes.length === 0 ? mul(x, x) : reduce(sumSquareOp, x, axes, keepDims);
}

function reduce(op: OpDef<ReduceAttrs>, x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  return applyOne(op, [x], { axes: axes.map((axis) => normalizeAxis(op.name, axis, x)), keepDims });
}

function allAxes({ shape }: Tensor): number[] {
  return shape.map((_, i) => i);
}

function reducedShape({ shape }: TensorType, { axes, keepDims }: ReduceAttrs): readonly Dim[] {
  return keepDims ? shape.map((dim, i) => (axes.includes(i) ? 1 : dim)) : shape.filter((_, i) => !axes.includes(i));
}

interface ShapeAttrs {
  readonly shape: readonly Dim[];
}

export const broadcastToOp: OpDef<ShapeAttrs> = {
  name: "broadcastTo",
  infer([x], { shape }) {
    const target: TensorType = { shape, dtype: x!.dtype };
    if (!shapeEquals(broadcastShapes("broadcastTo", x!, target), shape)) {
      throw shapeError("broadcastTo", "a shape that broadcasts to the second", [x!, target]);
    }
    return [target];
  },
  vjp: ([dy]) => [dy!],
  onnx: (emit, [x], { attrs }) => emit.node("Expand", [x!, emit.shape(attrs.shape)]),
};

/** Repeats along the axes whose dimension is 1 or missing. */
export function broadcastTo(x: Tensor, shape: readonly Dim[]): Tensor {
  return shapeEquals(x.shape, shape) ? x : applyOne(broadcastToOp, [x], { shape });
}

/** Sums a tensor of a broadcast shape back to the shape before broadcasting: the adjoint of broadcasting. */
export function sumTo(x: Tensor, shape: readonly Dim[]): Tensor {
  if (shapeEquals(x.shape, shape)) return x;
  const extra = x.rank - shape.length;
  const axes = x.shape.flatMap((dim, i) => (i < extra || (shape[i - extra] === 1 && dim !== 1) ? [i] : []));
  return reshape(sum(x, axes), shape);
}

export const argMaxOp: OpDef<null> = {
  name: "argMax",
  infer: ([x]) => [{ shape: x!.shape.slice(0, -1), dtype: "int32" }],
  vjp: () => [null],
  onnx(emit, [x]) {
    const [index] = emit.node("ArgMax", [x!], { axis: { int: -1 }, keepdims: { int: 0 } });
    return emit.node("Cast", [index!], { to: { int: onnxTypes.int32 } });
  },
};

/** The index of the largest element along the last axis; the first of equal ones. Shape: [..., n] → [...], int32. */
export const argMax = (x: Tensor): Tensor => applyOne(argMaxOp, [x], null);
