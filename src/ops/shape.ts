import { addDims, type Dim, dimEquals, formatDim, shapeEquals, sizeOf, subDims } from "../graph/dim.ts";
import { apply, applyOne, type OpDef, shapeError, type Tensor, type TensorType } from "../graph/tensor.ts";
import { normalizeAxis, sameDType } from "./broadcast.ts";

interface ReshapeAttrs {
  readonly shape: readonly Dim[];
}

export const reshapeOp: OpDef<ReshapeAttrs> = {
  name: "reshape",
  infer([x], { shape }) {
    const target: TensorType = { shape, dtype: x!.dtype };
    if (!dimEquals(sizeOf(x!.shape), sizeOf(shape))) throw shapeError("reshape", "as many elements", [x!, target]);
    return [target];
  },
  vjp: ([dy], { inputs: [x] }) => [reshape(dy!, x!.shape)],
  onnx(emit, [x], { inputs, attrs }) {
    const target = constantTarget(inputs[0]!, attrs.shape);
    if (target !== undefined) return emit.node("Reshape", [x!, emit.int64s(target)]);
    return emit.node("Reshape", [x!, emit.shape(attrs.shape)], { allowzero: { int: 1 } });
  },
};

/**
 * ONNX's Reshape copies a dimension where the target says 0 and infers one where it says −1. A target that needs no
 * more than these is a constant, and nothing has to be computed from shapes when the program runs. Beside a copied
 * dimension none is inferred: it could be empty.
 */
function constantTarget(x: TensorType, shape: readonly Dim[]): number[] | undefined {
  const target = shape.map((dim, i) => (typeof dim === "number" ? dim : sameAt(x, i, dim) ? 0 : -1));
  const inferred = target.filter((dim) => dim === -1).length;
  return inferred === 0 || (inferred === 1 && !target.includes(0)) ? target : undefined;
}

function sameAt(x: TensorType, axis: number, dim: Dim): boolean {
  return axis < x.shape.length && dimEquals(x.shape[axis]!, dim);
}

/** The same elements in row-major order with another shape. */
export function reshape(x: Tensor, shape: readonly Dim[]): Tensor {
  return shapeEquals(x.shape, shape) ? x : applyOne(reshapeOp, [x], { shape });
}

interface TransposeAttrs {
  readonly permutation: readonly number[];
}

export const transposeOp: OpDef<TransposeAttrs> = {
  name: "transpose",
  infer([x], { permutation }) {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (sorted.length !== x!.shape.length || sorted.some((axis, i) => axis !== i)) {
      throw shapeError("transpose", `a permutation of its axes (not [${permutation}])`, [x!]);
    }
    return [{ shape: permutation.map((axis) => x!.shape[axis]!), dtype: x!.dtype }];
  },
  vjp([dy], { attrs: { permutation } }) {
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return [transpose(dy!, inverse)];
  },
  onnx: (emit, inputs, { attrs }) => emit.node("Transpose", inputs, { perm: { ints: attrs.permutation } }),
};

/** Output axis i is input axis permutation[i]. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  return applyOne(transposeOp, [x], { permutation });
}

interface ConcatAttrs {
  readonly axis: number;
}

export const concatOp: OpDef<ConcatAttrs> = {
  name: "concat",
  infer(inputs, { axis }) {
    sameDType("concat", inputs);
    const [first] = inputs;
    const others = ({ shape }: TensorType) => shape.map((dim, i) => (i === axis ? 1 : dim));
    if (first === undefined || inputs.some((type) => !shapeEquals(others(type), others(first)))) {
      throw shapeError("concat", `shapes that differ on axis ${axis} only`, inputs);
    }
    const total = inputs.map((type) => type.shape[axis]!).reduce(addDims);
    return [{ shape: first.shape.map((dim, i) => (i === axis ? total : dim)), dtype: first.dtype }];
  },
  vjp: ([dy], { inputs, attrs: { axis } }) =>
    split(
      dy!,
      inputs.map((x) => x.shape[axis]!),
      axis,
    ),
  onnx: (emit, inputs, { attrs }) => emit.node("Concat", inputs, { axis: { int: attrs.axis } }),
};

/** Joins tensors along an axis. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  return applyOne(concatOp, tensors, { axis: normalizeAxis("concat", axis, tensors[0]!) });
}

interface SplitAttrs {
  readonly sizes: readonly Dim[];
  readonly axis: number;
}

export const splitOp: OpDef<SplitAttrs> = {
  name: "split",
  infer([x], { sizes, axis }) {
    if (!dimEquals(sizes.reduce(addDims, 0), x!.shape[axis]!)) {
      throw shapeError("split", `sizes that add up to axis ${axis}`, [x!, { shape: sizes, dtype: x!.dtype }]);
    }
    return sizes.map((size) => ({ shape: x!.shape.map((dim, i) => (i === axis ? size : dim)), dtype: x!.dtype }));
  },
  vjp(dy, { outputs, attrs: { axis } }) {
    return [
      concat(
        dy.map((d, i) => d ?? zerosLike(outputs[i]!)),
        axis,
      ),
    ];
  },
  onnx(emit, [x], { attrs: { sizes, axis } }) {
    return emit.node("Split", [x!, emit.shape(sizes)], { axis: { int: axis } }, { outputs: sizes.length });
  },
};

/** Cuts a tensor along an axis into parts of the given sizes. */
export function split(x: Tensor, sizes: readonly Dim[], axis: number): readonly Tensor[] {
  return apply(splitOp, [x], { sizes, axis: normalizeAxis("split", axis, x) });
}

interface SliceAttrs {
  readonly axis: number;
  readonly start: Dim;
  readonly end: Dim;
}

export const sliceOp: OpDef<SliceAttrs> = {
  name: "slice",
  infer([x], { axis, start, end }) {
    const size = subDims(end, start);
    if ([start, size, subDims(x!.shape[axis]!, end)].some(isNegative)) {
      const range = `${formatDim(start)} to ${formatDim(end)}`;
      throw shapeError("slice", `a range within axis ${axis} (not ${range})`, [x!]);
    }
    return [{ shape: x!.shape.map((dim, i) => (i === axis ? size : dim)), dtype: x!.dtype }];
  },
  vjp([dy], { inputs: [x], attrs: { axis, start, end } }) {
    return [pad(dy!, axis, start, subDims(x!.shape[axis]!, end))];
  },
  onnx(emit, [x], { attrs: { axis, start, end } }) {
    return emit.node("Slice", [x!, emit.shape([start]), emit.shape([end]), emit.int64s([axis])]);
  },
};

/** The elements start ≤ i < end along an axis. */
export function slice(x: Tensor, axis: number, start: Dim, end: Dim): Tensor {
  const normalized = normalizeAxis("slice", axis, x);
  if (start === 0 && dimEquals(end, x.shape[normalized]!)) return x;
  return applyOne(sliceOp, [x], { axis: normalized, start, end });
}

/** Whether it is so for every binding of symbols. */
function isNegative(dim: Dim): boolean {
  return typeof dim === "number" && dim < 0;
}

interface PadAttrs {
  readonly axis: number;
  readonly before: Dim;
  readonly after: Dim;
}

export const padOp: OpDef<PadAttrs> = {
  name: "pad",
  infer([x], { axis, before, after }) {
    if ([before, after].some(isNegative)) throw shapeError("pad", "no negative amounts", [x!]);
    const shape = x!.shape.map((dim, i) => (i === axis ? addDims(addDims(before, dim), after) : dim));
    return [{ shape, dtype: x!.dtype }];
  },
  vjp([dy], { inputs: [x], attrs: { axis, before } }) {
    return [slice(dy!, axis, before, addDims(before, x!.shape[axis]!))];
  },
  onnx(emit, [x], { inputs, attrs: { axis, before, after } }) {
    const zero = emit.scalar(0, inputs[0]!.dtype);
    return emit.node("Pad", [x!, emit.shape([before, after]), zero, emit.int64s([axis])]);
  },
};

/** Adds zeros before and after along an axis: the adjoint of `slice`. */
export function pad(x: Tensor, axis: number, before: Dim, after: Dim): Tensor {
  return applyOne(padOp, [x], { axis: normalizeAxis("pad", axis, x), before, after });
}

export const zerosLikeOp: OpDef<null> = {
  name: "zerosLike",
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: () => [null],
  onnx(emit, _, { inputs: [x] }) {
    return emit.node("Expand", [emit.scalar(0, x!.dtype), emit.shape(x!.shape)]);
  },
};

/** Zeros of the same shape and element type. */
export const zerosLike = (x: Tensor): Tensor => applyOne(zerosLikeOp, [x], null);

/** All axes but the last as one. Shape: [..., d] → [rows, d]. */
export function flattenRows(x: Tensor): Tensor {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}
