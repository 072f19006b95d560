import { gradients } from "../../src/grad/index.ts";
import { type Dim, input, program, sym, type Tensor } from "../../src/graph/index.ts";
import { add, div, matmul, mul, scalarConstant, sqrt, sub, sum, sumSquare } from "../../src/ops/index.ts";

export const floats = (name: string, shape: readonly Dim[]): Tensor => input(name, { shape, dtype: "float32" });
export const batch = sym("batch");

/** y = x · w + b and its sum. x is [batch, 3], w is [3, 2]. */
export function linearProgram() {
  const w = floats("w", [3, 2]);
  const y = add(matmul(floats("x", [batch, 3]), w), floats("b", [2]));
  return program("linear", { y, total: sum(y) });
}

/** A step of Adam without bias correction on loss = Σ (x · w − t)²: what a training step looks like. */
export function adamProgram() {
  const w = floats("w", [3, 2]);
  const [m, v] = [floats("m", [3, 2]), floats("v", [3, 2])];
  const loss = sumSquare(sub(matmul(floats("x", [batch, 3]), w), floats("t", [batch, 2])));
  const [g] = gradients([{ of: loss, is: scalarConstant(1) }], [w]) as [Tensor];
  const nextM = add(mul(m, 0.9), mul(g, 0.1));
  const nextV = add(mul(v, 0.99), mul(mul(g, g), 0.01));
  const nextW = sub(w, mul(div(nextM, add(sqrt(nextV), 1e-3)), 0.05));
  return program("adam", { loss, g, w: nextW, m: nextM, v: nextV });
}

export type Matrix = readonly (readonly number[])[];

/** The same step in plain numbers. */
export function adamByHand(state: { w: Matrix; m: Matrix; v: Matrix }, x: Matrix, t: Matrix) {
  const error = x.map((row, i) => t[i]!.map((target, j) => dot(row, column(state.w, j)) - target));
  const g = state.w.map((row, k) => row.map((_, j) => 2 * dot(column(x, k), column(error, j))));
  const m = zip(state.m, g, (a, b) => 0.9 * a + 0.1 * b);
  const v = zip(state.v, g, (a, b) => 0.99 * a + 0.01 * b * b);
  const update = zip(m, v, (a, b) => a / (Math.sqrt(b) + 1e-3));
  return {
    loss: error.flat().reduce((s, e) => s + e * e, 0),
    g,
    w: zip(state.w, update, (a, u) => a - 0.05 * u),
    m,
    v,
  };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, value, i) => s + value * b[i]!, 0);
const column = (a: Matrix, j: number) => a.map((row) => row[j]!);
const zip = (a: Matrix, b: Matrix, fn: (a: number, b: number) => number): Matrix =>
  a.map((row, i) => row.map((value, j) => fn(value, b[i]![j]!)));
