import type { Dim } from "../../../src/graph/index.ts";
import { float, type Sample, sample } from "./sample.ts";

const dims = { batch: 2, heads: 3, m: 2, k: 3, n: 4 };
type Dims = Readonly<Record<keyof typeof dims, Dim>>;
type Batches = readonly [name: string, a: (d: Dims) => readonly Dim[], b: (d: Dims) => readonly Dim[]];

const batches: readonly Batches[] = [
  ["matrices", () => [], () => []],
  ["batched", ({ batch }) => [batch], ({ batch }) => [batch]],
  ["batched by a matrix", ({ batch }) => [batch], () => []],
  ["a matrix by batched", () => [], ({ batch }) => [batch]],
  ["two batch axes", ({ batch, heads }) => [batch, heads], ({ batch, heads }) => [batch, heads]],
  ["two batch axes by a matrix", ({ batch, heads }) => [batch, heads], () => []],
  ["a batch axis of 1 on the left", ({ heads }) => [1, heads], ({ batch, heads }) => [batch, heads]],
  ["a batch axis of 1 on the right", ({ batch, heads }) => [batch, heads], ({ batch }) => [batch, 1]],
  ["a missing batch axis", ({ batch, heads }) => [batch, heads], ({ heads }) => [heads]],
  ["crossed batch axes", ({ batch }) => [batch, 1], ({ heads }) => [heads]],
];

const flags = [false, true].flatMap((transA) => [false, true].map((transB) => ({ transA, transB })));

function matmuls([name, a, b]: Batches, alphas: readonly number[]): Sample[] {
  return flags.flatMap(({ transA, transB }) =>
    alphas.map((alpha) =>
      sample("matmul", `${name}${transA ? " transA" : ""}${transB ? " transB" : ""} alpha ${alpha}`, dims, (d) => ({
        inputs: [
          float(...a(d), ...(transA ? [d.k, d.m] : [d.m, d.k])),
          float(...b(d), ...(transB ? [d.n, d.k] : [d.k, d.n])),
        ],
        attrs: { transA, transB, alpha },
      })),
    ),
  );
}

const [matrices, ...batched] = batches;

export const linear: readonly Sample[] = [
  ...matmuls(matrices!, [1, 0.5, -2]),
  ...batched.flatMap((shapes, i) => matmuls(shapes, [i % 2 === 0 ? 0.5 : 1])),
];
