import { describe, expect, it } from "vitest";
import {
  addDims,
  type Dim,
  evaluateDim,
  float32,
  floorDivDim,
  input,
  mulDims,
  program,
  subDims,
  sym,
  type Tensor,
  type TensorData,
} from "../../src/graph/index.ts";
import {
  broadcastTo,
  cast,
  concat,
  range,
  reshape,
  scalarConstant,
  scatterAdd,
  slice,
  sum,
} from "../../src/ops/index.ts";
import { evaluate, run, runtime } from "../ops/run.ts";

const [batch, source, past] = [sym("batch"), sym("source"), sym("past")];
const carrier = input("carrier", { shape: [batch, source, past], dtype: "float32" });

function feedsOf(...sizes: [batch: number, source: number, past: number]): Map<string, TensorData> {
  return new Map([["carrier", float32(sizes, new Float32Array(sizes[0] * sizes[1] * sizes[2]))]]);
}

/** A program whose output is as long as the dimension. */
function lengthOf(dim: Dim) {
  return program("length", { y: broadcastTo(scalarConstant(1), [dim]), carrier });
}

describe("a dimension is computed from the shapes of the inputs", () => {
  it.each([
    addDims(past, 1),
    subDims(source, 1),
    floorDivDim(source, 2),
    mulDims(batch, source),
    addDims(mulDims(mulDims(batch, source), 3), floorDivDim(addDims(past, 1), 2)),
    mulDims(floorDivDim(source, 2), floorDivDim(source, 2)),
    subDims(mulDims(source, source), source),
    floorDivDim(mulDims(floorDivDim(source, 2), past), 3),
    addDims(floorDivDim(subDims(source, 3), 2), 5),
  ])("$key", async (dim) => {
    await using executable = await runtime.compile(lengthOf(dim));
    for (const [b, s, p] of [
      [2, 5, 4],
      [1, 1, 0],
      [3, 2, 7],
    ] as const) {
      const size = evaluateDim(
        dim,
        new Map([
          ["batch", b],
          ["source", s],
          ["past", p],
        ]),
      );
      expect((await run(executable, feedsOf(b, s, p))).get("y")!.shape).toEqual([size]);
    }
  });
});

describe("a dimension of 0", () => {
  const x = input("x", { shape: [past, batch, 4], dtype: "float32" });
  const y = input("y", { shape: [batch, past, 4], dtype: "float32" });
  const feeds = new Map([
    ["x", float32([0, 2, 4], [])],
    ["y", float32([2, 0, 4], [])],
  ]);

  it.each([
    ["is kept", reshape(x, [past, mulDims(batch, 4)]), [0, 8]],
    ["is kept and split beside", reshape(y, [batch, past, 2, 2]), [2, 0, 2, 2]],
    ["moves", reshape(y, [past, batch, 4]), [0, 2, 4]],
    ["is multiplied", reshape(y, [mulDims(batch, past), 4]), [0, 4]],
    ["goes where another axis was", reshape(y, [mulDims(past, 4), batch]), [0, 2]],
    ["is summed over", sum(y, [1]), [2, 4]],
    ["is joined", concat([y, y], 1), [2, 0, 4]],
    ["is nowhere to slice from", slice(concat([y, y], 1), 1, past, mulDims(past, 2)), [2, 0, 4]],
    ["counts nothing", range(past), [0]],
    ["adds no rows", scatterAdd(y, cast(sum(y, [2]), "int32"), 3), [3, 4]],
  ] as readonly [string, Tensor, number[]][])("%s", async (_, z, shape) => {
    const found = (await evaluate(program("empty", { z, x, y }), feeds)).get("z")!;
    expect(found.shape).toEqual(shape);
    expect(Array.from(found.data, Number).every((number) => number === 0)).toBe(true);
  });
});
