import { addDims, type Dim, mulDims, subDims } from "../../../src/graph/index.ts";
import { float, ints, type Sample, sample, tensorData, values } from "./sample.ts";

const dims = { batch: 2, rows: 3, columns: 4 };
type Dims = Readonly<Record<keyof typeof dims, Dim>>;

function reshapes(name: string, from: (d: Dims) => Dim[], to: (d: Dims) => Dim[]): Sample {
  return sample("reshape", name, dims, (d) => ({ inputs: [float(...from(d))], attrs: { shape: to(d) } }));
}

const reshape = [
  reshapes(
    "two axes become one",
    (d) => [d.batch, d.rows, d.columns],
    (d) => [mulDims(d.batch, d.rows), d.columns],
  ),
  reshapes(
    "all axes become one",
    (d) => [d.batch, d.rows],
    (d) => [mulDims(d.batch, d.rows)],
  ),
  reshapes(
    "one axis becomes two",
    (d) => [mulDims(d.batch, d.rows), d.columns],
    (d) => [d.batch, d.rows, d.columns],
  ),
  reshapes(
    "1-axes come and go",
    (d) => [1, d.rows, 1, d.columns],
    (d) => [d.rows, d.columns, 1],
  ),
  reshapes(
    "axes split anew",
    (d) => [mulDims(d.batch, 6), d.rows],
    (d) => [d.batch, 2, mulDims(d.rows, 3)],
  ),
  reshapes(
    "axes in another order",
    (d) => [d.batch, d.rows, d.columns],
    (d) => [d.columns, d.batch, d.rows],
  ),
  reshapes(
    "a vector of one becomes a scalar",
    () => [1],
    () => [],
  ),
  reshapes(
    "a scalar becomes a matrix",
    () => [],
    () => [1, 1],
  ),
];

const transpose = [[0], [1, 0], [0, 2, 1], [2, 0, 1], [1, 2, 0], [0, 2, 1, 3]].map((permutation) =>
  sample("transpose", `[${permutation}]`, dims, ({ batch, rows, columns }) => ({
    inputs: [float(...[batch, rows, columns, 2].slice(0, permutation.length))],
    attrs: { permutation },
  })),
);

const concat = [
  sample("concat", "one tensor", dims, ({ rows }) => ({ inputs: [float(rows)], attrs: { axis: 0 } })),
  sample("concat", "first axis", dims, ({ batch, rows, columns }) => ({
    inputs: [float(batch, columns), float(rows, columns), float(1, columns)],
    attrs: { axis: 0 },
  })),
  sample("concat", "last axis", dims, ({ batch, rows, columns }) => ({
    inputs: [float(batch, rows, columns), float(batch, rows, 2)],
    attrs: { axis: 2 },
  })),
  sample("concat", "middle axis", dims, ({ batch, rows, columns }) => ({
    inputs: [float(batch, 1, columns), float(batch, rows, columns)],
    attrs: { axis: 1 },
  })),
];

const split = [
  sample("split", "numbers", { rows: 3 }, ({ rows }) => ({
    inputs: [float(rows, 5)],
    attrs: { sizes: [2, 3], axis: 1 },
  })),
  sample("split", "dimensions", dims, ({ batch, rows, columns }) => ({
    inputs: [float(addDims(batch, rows), columns)],
    attrs: { sizes: [batch, rows], axis: 0 },
  })),
  sample("split", "the rest", dims, ({ batch, rows }) => ({
    inputs: [float(batch, rows)],
    attrs: { sizes: [1, subDims(rows, 1)], axis: 1 },
  })),
];

const slice = [
  sample("slice", "numbers", dims, ({ batch }) => ({
    inputs: [float(batch, 6)],
    attrs: { axis: 1, start: 1, end: 4 },
  })),
  sample("slice", "all but the last", dims, ({ batch, rows }) => ({
    inputs: [float(batch, rows)],
    attrs: { axis: 1, start: 0, end: subDims(rows, 1) },
  })),
  sample("slice", "all but the first", dims, ({ batch, rows, columns }) => ({
    inputs: [float(batch, rows, columns)],
    attrs: { axis: 1, start: 1, end: rows },
  })),
  sample("slice", "the last", dims, ({ rows, columns }) => ({
    inputs: [float(rows, columns)],
    attrs: { axis: 0, start: subDims(rows, 1), end: rows },
  })),
  sample("slice", "a dimension of another input", dims, ({ batch, rows, columns }) => ({
    inputs: [float(addDims(mulDims(batch, rows), 1), columns)],
    attrs: { axis: 0, start: rows, end: mulDims(batch, rows) },
  })),
];

const pad = [
  sample("pad", "numbers", dims, ({ batch }) => ({
    inputs: [float(batch, 3)],
    attrs: { axis: 1, before: 1, after: 2 },
  })),
  sample("pad", "before", dims, ({ batch, rows }) => ({
    inputs: [float(batch)],
    attrs: { axis: 0, before: rows, after: 0 },
  })),
  sample("pad", "after", dims, ({ batch, rows, columns }) => ({
    inputs: [float(batch, rows, columns)],
    attrs: { axis: 1, before: 0, after: subDims(columns, 1) },
  })),
];

const broadcastTo = [
  sample("broadcastTo", "a scalar", dims, ({ rows, columns }) => ({
    inputs: [float()],
    attrs: { shape: [rows, columns] },
  })),
  sample("broadcastTo", "a 1-axis", dims, ({ rows, columns }) => ({
    inputs: [float(rows, 1)],
    attrs: { shape: [rows, columns] },
  })),
  sample("broadcastTo", "a missing axis", dims, ({ batch, columns }) => ({
    inputs: [float(columns)],
    attrs: { shape: [batch, columns] },
  })),
  sample("broadcastTo", "missing and 1-axes", dims, ({ batch, rows, columns }) => ({
    inputs: [float(rows, 1)],
    attrs: { shape: [batch, rows, columns] },
  })),
  sample("broadcastTo", "a product of dimensions", dims, ({ batch, rows }) => ({
    inputs: [float(1)],
    attrs: { shape: [addDims(mulDims(batch, rows), 1)] },
  })),
];

const range = [
  sample("range", "a number", {}, () => ({ inputs: [], attrs: { size: 5 } })),
  sample("range", "a dimension", dims, ({ rows }) => ({ inputs: [], attrs: { size: rows } })),
  sample("range", "an expression", dims, ({ rows, columns }) => ({
    inputs: [],
    attrs: { size: addDims(mulDims(rows, columns), 1) },
  })),
];

const constant = [
  sample("constant", "a scalar", {}, () => ({ inputs: [], attrs: { data: tensorData("float32", [], [-1.5]) } })),
  sample("constant", "a matrix", {}, () => ({
    inputs: [],
    attrs: { data: tensorData("int32", [2, 2], [1, -2, 3, 4]) },
  })),
  sample("constant", "bools", {}, () => ({ inputs: [], attrs: { data: tensorData("bool", [3], [1, 0, 1]) } })),
];

const reduceAxes: readonly (readonly [string, readonly number[]])[] = [
  ["first axis", [0]],
  ["middle axis", [1]],
  ["last axis", [2]],
  ["first axes", [0, 1]],
  ["outer axes", [0, 2]],
  ["all axes", [0, 1, 2]],
];

const reductions = ["sum", "sumSquare"].flatMap((op) =>
  reduceAxes.flatMap(([name, axes]) =>
    [false, true].map((keepDims) =>
      sample(op, `${name}${keepDims ? " keepDims" : ""}`, dims, ({ batch, rows, columns }) => ({
        inputs: [float(batch, rows, columns)],
        attrs: { axes, keepDims },
      })),
    ),
  ),
);

const argMax = [
  sample("argMax", "a vector", dims, ({ rows }) => ({ inputs: [float(rows)] })),
  sample("argMax", "three axes", dims, ({ batch, rows, columns }) => ({ inputs: [float(batch, rows, columns)] })),
  sample("argMax", "the first of equal ones", dims, ({ rows }) => ({
    inputs: [values("float", [rows, 4], [1, 3, 3, 2, 5, 5, 1, 5])],
  })),
  sample("argMax", "int32", dims, ({ rows, columns }) => ({ inputs: [ints(100, rows, columns)] })),
];

export const shapes: readonly Sample[] = [
  ...reshape,
  ...transpose,
  ...concat,
  ...split,
  ...slice,
  ...pad,
  ...broadcastTo,
  ...range,
  ...constant,
  ...reductions,
  ...argMax,
];
