import { describe, expect, it } from "vitest";
import { float32, input, int32, program, sym, type Tensor, type TensorData } from "../../src/graph/index.ts";
import {
  add,
  broadcastTo,
  cast,
  concat,
  div,
  equal,
  mul,
  pad,
  reshape,
  slice,
  split,
  sub,
  sum,
  sumSquare,
  sumTo,
  where,
} from "../../src/ops/index.ts";
import { evaluate } from "./run.ts";

const n = sym("n");
const x = input("x", { shape: [n, 3], dtype: "float32" });
const scalar = input("scalar", { shape: [], dtype: "float32" });
const ids = input("ids", { shape: [n], dtype: "int32" });
const feeds = new Map<string, TensorData>([
  ["x", float32([2, 3], [1, 2, 3, 4, 5, 6])],
  ["scalar", float32([], [-3])],
  ["ids", int32([2], [7, -9])],
]);

async function numbers(y: Tensor): Promise<number[]> {
  const results = await evaluate(program("test", { y }), feeds);
  return Array.from(results.get("y")!.data, Number);
}

describe("arithmetic with numbers", () => {
  it("takes the element type of the tensor", () => {
    expect(add(ids, 2).dtype).toBe("int32");
    expect(sub(1, x).dtype).toBe("float32");
  });

  it("keeps the order of the operands", async () => {
    expect(await numbers(sub(1, scalar))).toEqual([4]);
    expect(await numbers(div(scalar, 2))).toEqual([-1.5]);
    expect(await numbers(where(equal(ids, 7), 1, ids))).toEqual([1, -9]);
  });

  it("multiplies integers exactly", async () => {
    expect(await numbers(mul(ids, 16777217))).toEqual([117440519, -150994953]);
  });

  it("of two numbers is a float32 constant", async () => {
    expect(await numbers(add(1, 2))).toEqual([3]);
  });
});

describe("reductions", () => {
  it("run over all axes unless told", async () => {
    expect(await numbers(sum(x))).toEqual([21]);
    expect(await numbers(sumSquare(x))).toEqual([91]);
    expect(sum(x, undefined, true).shape).toEqual([1, 1]);
  });

  it("count negative axes from the end", async () => {
    expect(await numbers(sum(x, [-1]))).toEqual([6, 15]);
    expect(await numbers(sum(x, [-2]))).toEqual([5, 7, 9]);
  });

  it("over no axes leave a sum as it is, and square each number", async () => {
    expect(sum(scalar)).toBe(scalar);
    expect(sum(x, [])).toBe(x);
    expect(await numbers(sumSquare(scalar))).toEqual([9]);
    expect(await numbers(sumSquare(x, []))).toEqual([1, 4, 9, 16, 25, 36]);
  });
});

describe("sumTo", () => {
  it.each([
    ["a scalar", [], [21]],
    ["a missing axis", [3], [5, 7, 9]],
    ["a 1-axis", [n, 1], [6, 15]],
    ["1-axes only", [1, 1], [21]],
    ["the same shape", [n, 3], [1, 2, 3, 4, 5, 6]],
  ] as const)("sums to %s", async (_, shape, expected) => {
    const y = sumTo(x, shape);
    expect(y.shape).toEqual(shape);
    expect(await numbers(y)).toEqual(expected);
  });

  it("undoes broadcastTo but for the count", async () => {
    expect(await numbers(sumTo(broadcastTo(scalar, [4, 2]), []))).toEqual([-24]);
  });
});

describe("functions that have nothing to do", () => {
  it("return their input", () => {
    expect(reshape(x, [n, 3])).toBe(x);
    expect(slice(x, 0, 0, n)).toBe(x);
    expect(broadcastTo(x, [n, 3])).toBe(x);
    expect(cast(x, "float32")).toBe(x);
    expect(sumTo(x, [n, 3])).toBe(x);
  });
});

describe("axes", () => {
  it("may be negative in slice, pad, concat and split", async () => {
    expect(await numbers(slice(x, -1, 1, 2))).toEqual([2, 5]);
    expect(await numbers(pad(x, -1, 1, 0))).toEqual([0, 1, 2, 3, 0, 4, 5, 6]);
    expect(await numbers(concat([x, x], -2))).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    expect(await numbers(split(x, [1, 2], -1)[1]!)).toEqual([2, 3, 5, 6]);
  });
});
