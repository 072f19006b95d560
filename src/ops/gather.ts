import { type Dim, mulDims, shapeEquals } from "../graph/dim.ts";
import { onnxTypes } from "../graph/onnx-types.ts";
import { apply, applyOne, type Emit, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";

export const gatherOp: OpDef<null> = {
  name: "gather",
  infer([table, indices]) {
    if (table!.shape.length < 2) throw shapeError("gather", "a table [rows, columns]", [table!]);
    return [{ shape: [...indices!.shape, ...table!.shape.slice(1)], dtype: table!.dtype }];
  },
  vjp: ([dy], { inputs: [table, indices] }) => [scatterAdd(dy!, indices!, table!.shape[0]!), null],
  onnx: (emit, inputs) => emit.node("Gather", inputs, { axis: { int: 0 } }),
};

/** Rows of a table. Shape: table [rows, d], indices [...] int32 → [..., d]. */
export const gather = (table: Tensor, indices: Tensor): Tensor => applyOne(gatherOp, [table, indices], null);

interface ScatterAttrs {
  readonly rows: Dim;
}

/**
 * The adjoint of `gather`. ScatterElements, not the faster ScatterND: with `reduction: add` the CPU kernel of the
 * latter adds to one row from several threads at once and loses updates. Its own kernel counts through every axis for
 * every number: with the table laid out flat it takes less than half the time.
 */
export const scatterAddOp: OpDef<ScatterAttrs> = {
  name: "scatterAdd",
  infer([updates, indices], { rows }) {
    const columns = updates!.shape.at(-1);
    if (columns === undefined || !shapeEquals(updates!.shape, [...indices!.shape, columns])) {
      throw shapeError("scatterAdd", "updates [..., d] and indices [...]", [updates!, indices!]);
    }
    return [{ shape: [rows, columns], dtype: updates!.dtype }];
  },
  vjp: ([dy], { inputs: [, indices] }) => [gather(dy!, indices!), null],
  onnx(emit, [updates, indices], { outputs: [table] }) {
    const [rows, columns] = table!.shape as [Dim, Dim];
    const flat = (x: string) => emit.node("Reshape", [x, emit.int64s([-1])])[0]!;
    const [width] = emit.node("Cast", [emit.shape([columns])], { to: { int: onnxTypes.int32 } });
    const [row] = emit.node("Unsqueeze", [indices!, emit.int64s([-1])]);
    const [start] = emit.node("Mul", [row!, width!]);
    const [index] = emit.node("Add", [start!, emitRange(emit, columns)]);
    const [zeros] = emit.node("Expand", [emit.scalar(0, table!.dtype), emit.shape([mulDims(rows, columns)])]);
    const attributes = { axis: { int: 0 }, reduction: { string: "add" } };
    const [sums] = emit.node("ScatterElements", [zeros!, flat(index!), flat(updates!)], attributes);
    return emit.node("Reshape", [sums!, emit.shape([rows, columns])], { allowzero: { int: 1 } });
  },
};

/**
 * Adds each row of `updates` to the row of a zero table that its index names. The table may hold 2³¹ − 1 numbers.
 *
 * Shape: updates [..., d], indices [...] int32 → [rows, d].
 */
export function scatterAdd(updates: Tensor, indices: Tensor, rows: Dim): Tensor {
  return applyOne(scatterAddOp, [updates, indices], { rows });
}

export const takeOp: OpDef<null> = {
  name: "take",
  infer([x, indices]) {
    if (indices!.shape.length === 0 || !shapeEquals(x!.shape.slice(0, -1), indices!.shape.slice(0, -1))) {
      throw shapeError("take", "x [..., n] and indices [..., k]", [x!, indices!]);
    }
    return [{ shape: indices!.shape, dtype: x!.dtype }];
  },
  vjp: ([dy], { inputs: [x, indices] }) => [put(dy!, indices!, x!.shape.at(-1)!), null],
  onnx: (emit, inputs) => emit.node("GatherElements", inputs, { axis: { int: -1 } }),
};

/** Elements along the last axis. Shape: x [..., n], indices [..., k] int32 → [..., k]. */
export const take = (x: Tensor, indices: Tensor): Tensor => applyOne(takeOp, [x, indices], null);

interface PutAttrs {
  readonly size: Dim;
}

export const putOp: OpDef<PutAttrs> = {
  name: "put",
  infer([updates, indices], { size }) {
    if (indices!.shape.length === 0 || !shapeEquals(updates!.shape, indices!.shape)) {
      throw shapeError("put", "updates and indices of one shape [..., k]", [updates!, indices!]);
    }
    return [{ shape: [...updates!.shape.slice(0, -1), size], dtype: updates!.dtype }];
  },
  vjp: ([dy], { inputs: [, indices] }) => [take(dy!, indices!), null],
  onnx(emit, [updates, indices], { outputs: [y] }) {
    const [zeros] = emit.node("Expand", [emit.scalar(0, y!.dtype), emit.shape(y!.shape)]);
    const attributes = { axis: { int: -1 }, reduction: { string: "add" } };
    return emit.node("ScatterElements", [zeros!, indices!, updates!], attributes);
  },
};

/** The adjoint of `take`: adds updates into zeros along the last axis. Shape: [..., k], [..., k] → [..., size]. */
export function put(updates: Tensor, indices: Tensor, size: Dim): Tensor {
  return applyOne(putOp, [updates, indices], { size });
}

interface TopKAttrs {
  readonly k: number;
}

export const topKOp: OpDef<TopKAttrs> = {
  name: "topK",
  infer([x], { k }) {
    const size = x!.shape.at(-1);
    if (size === undefined || (typeof size === "number" && size < k)) {
      throw shapeError("topK", `at least ${k} elements along the last axis`, [x!]);
    }
    const shape = [...x!.shape.slice(0, -1), k];
    return [
      { shape, dtype: x!.dtype },
      { shape, dtype: "int32" },
    ];
  },
  vjp: ([dy], { inputs: [x], outputs: [, indices] }) => [dy === null ? null : put(dy!, indices!, x!.shape.at(-1)!)],
  onnx(emit, [x], { attrs }) {
    const [values, indices] = emit.node("TopK", [x!, emit.int64s([attrs.k])], { axis: { int: -1 } }, { outputs: 2 });
    return [values!, emit.node("Cast", [indices!], { to: { int: onnxTypes.int32 } })[0]!];
  },
};

/** The k largest elements along the last axis, largest first, and their indices (int32). Shape: [..., n] → [..., k]. */
export function topK(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const [values, indices] = apply(topKOp, [x], { k });
  return { values: values!, indices: indices! };
}

interface RangeAttrs {
  readonly size: Dim;
}

export const rangeOp: OpDef<RangeAttrs> = {
  name: "range",
  infer: (_, { size }) => [{ shape: [size], dtype: "int32" }],
  vjp: () => [],
  onnx: (emit, _, { attrs }) => [emitRange(emit, attrs.size)],
};

function emitRange(emit: Emit, size: Dim): string {
  const [end] = emit.node("Reshape", [emit.shape([size]), emit.int64s([])]);
  const [range] = emit.node("Range", [emit.scalar(0, "int64"), end!, emit.scalar(1, "int64")]);
  return emit.node("Cast", [range!], { to: { int: onnxTypes.int32 } })[0]!;
}

/** 0, 1, …, size − 1 as int32. */
export const range = (size: Dim): Tensor => applyOne(rangeOp, [], { size });
