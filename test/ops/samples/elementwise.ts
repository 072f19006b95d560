import type { Dim } from "../../../src/graph/index.ts";
import { bools, float, ints, positive, type Sample, sample, values } from "./sample.ts";

type Shapes = readonly [name: string, a: (d: Dims) => readonly Dim[], b: (d: Dims) => readonly Dim[]];
type Dims = Readonly<Record<"batch" | "rows" | "columns", Dim>>;

const dims = { batch: 2, rows: 3, columns: 4 };

const broadcasts: readonly Shapes[] = [
  ["equal shapes", ({ rows, columns }) => [rows, columns], ({ rows, columns }) => [rows, columns]],
  ["two scalars", () => [], () => []],
  ["a scalar on the left", () => [], ({ rows, columns }) => [rows, columns]],
  ["a scalar on the right", ({ rows, columns }) => [rows, columns], () => []],
  ["a 1-axis on the left", ({ columns }) => [1, columns], ({ rows, columns }) => [rows, columns]],
  ["a 1-axis on the right", ({ rows, columns }) => [rows, columns], ({ rows }) => [rows, 1]],
  ["an outer product", ({ rows }) => [rows, 1], ({ columns }) => [1, columns]],
  ["a missing axis on the left", ({ columns }) => [columns], ({ rows, columns }) => [rows, columns]],
  ["missing axes on the right", ({ batch, rows, columns }) => [batch, rows, columns], ({ columns }) => [columns]],
  ["a missing and a 1-axis", ({ batch, rows, columns }) => [batch, rows, columns], ({ rows }) => [rows, 1]],
  ["two 1-axes", ({ rows }) => [1, rows, 1], ({ batch, rows, columns }) => [batch, rows, columns]],
  ["a 1-axis that stays", ({ rows }) => [rows, 1], ({ rows }) => [rows, 1]],
];

const arithmetic = ["add", "sub", "mul", "div"].flatMap((op) =>
  broadcasts.map(([name, a, b]) => sample(op, name, dims, (d) => ({ inputs: [float(...a(d)), float(...b(d))] }))),
);

const comparisons = ["equal", "less", "greater"].flatMap((op) => [
  ...broadcasts.map(([name, a, b]) =>
    sample(op, name, dims, (d) => ({ inputs: [values("float", a(d), [1, 2, 0.5]), values("float", b(d), [1, 0.5])] })),
  ),
  sample(op, "int32", dims, ({ rows, columns }) => ({ inputs: [ints(3, rows, columns), ints(3, columns)] })),
]);

const where = [
  sample("where", "equal shapes", dims, ({ rows, columns }) => ({
    inputs: [bools(rows, columns), float(rows, columns), float(rows, columns)],
  })),
  sample("where", "the condition broadcasts", dims, ({ batch, rows, columns }) => ({
    inputs: [bools(batch, 1, columns), float(batch, rows, columns), float(batch, rows, columns)],
  })),
  sample("where", "a is a scalar", dims, ({ rows, columns }) => ({
    inputs: [bools(rows, columns), float(), float(rows, columns)],
  })),
  sample("where", "b is a scalar", dims, ({ rows, columns }) => ({
    inputs: [bools(rows, columns), float(rows, columns), float()],
  })),
  sample("where", "only the condition has the shape", dims, ({ rows, columns }) => ({
    inputs: [bools(rows, columns), float(), float(1, 1)],
  })),
  sample("where", "each has a 1-axis", dims, ({ batch, rows, columns }) => ({
    inputs: [bools(batch, 1, 1), float(1, rows, 1), float(columns)],
  })),
];

const unary = [
  "exp",
  "tanh",
  "sigmoid",
  "relu",
  "erf",
  "stopGradient",
  "zerosLike",
  "log",
  "sqrt",
  "cos",
  "sin",
].flatMap((op) => {
  const input = op === "log" || op === "sqrt" ? positive : float;
  return [
    sample(op, "a matrix", dims, ({ rows, columns }) => ({ inputs: [input(rows, columns)] })),
    sample(op, "a scalar", {}, () => ({ inputs: [input()] })),
  ];
});

const maskGradient = [
  sample("maskGradient", "a mask of rows", dims, ({ rows, columns }) => ({
    inputs: [float(rows, columns), values("float", [rows, 1], [1, 0, 0.5])],
  })),
  sample("maskGradient", "a mask of the same shape", dims, ({ rows, columns }) => ({
    inputs: [float(rows, columns), float(rows, columns)],
  })),
];

const cast = [
  sample("cast", "float to float64", dims, ({ rows }) => ({ inputs: [float(rows)], attrs: { to: "float64" } })),
  sample("cast", "float to int32", dims, ({ rows }) => ({
    inputs: [values("float", [rows], [1.7, -1.7, 0.2])],
    attrs: { to: "int32" },
  })),
  sample("cast", "float to bool", dims, ({ rows }) => ({
    inputs: [values("float", [rows], [1.7, 0, -0.2])],
    attrs: { to: "bool" },
  })),
  sample("cast", "int32 to float32", dims, ({ rows }) => ({ inputs: [ints(5, rows)], attrs: { to: "float32" } })),
  sample("cast", "bool to float32", dims, ({ rows }) => ({ inputs: [bools(rows)], attrs: { to: "float32" } })),
  sample("cast", "bool to int32", dims, ({ rows }) => ({ inputs: [bools(rows)], attrs: { to: "int32" } })),
];

const dequantize = [
  sample("dequantize", "bytes", dims, ({ rows, columns }) => ({
    inputs: [values("uint8", [rows, columns], [1, 0, 0, 255])],
    attrs: { scale: 1.25 },
  })),
];

export const elementwise: readonly Sample[] = [
  ...arithmetic,
  ...comparisons,
  ...where,
  ...unary,
  ...maskGradient,
  ...cast,
  ...dequantize,
];
