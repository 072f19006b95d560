import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { bool, dataAs, float32, int32, scalarOf, TensorData } from "../../src/graph/index.ts";

describe("tensor data", () => {
  it("holds as many numbers as its shape says", () => {
    expect(new TensorData("float64", [2, 0], new Float64Array(0)).shape).toEqual([2, 0]);
    expect(() => float32([2, 3], [1, 2, 3])).toThrow(HeedError);
    expect(() => float32([2, 3], [1, 2, 3])).toThrow("A tensor of shape [2,3] holds 6 numbers, not 3.");
  });

  it("keeps an array of its type, and copies others", () => {
    const array = Float32Array.of(1, 2);
    expect(float32([2], array).data).toBe(array);
    expect(int32([2], [1, 2]).data).toEqual(Int32Array.of(1, 2));
    expect(bool([2], [0, 1]).data).toEqual(Uint8Array.of(0, 1));
  });

  it("copies memory that is shared between threads", () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared[1] = 5;
    const { data } = float32([2], shared);
    expect(data.buffer).toBeInstanceOf(ArrayBuffer);
    expect([...data]).toEqual([0, 5]);
  });

  it("of one number has no axes", () => {
    expect(scalarOf(3, "int64")).toEqual(new TensorData("int64", [], BigInt64Array.of(3n)));
    expect(scalarOf(0.5, "float32")).toEqual(float32([], [0.5]));
    expect(scalarOf(1, "bool")).toEqual(bool([], [1]));
  });

  it("gives its numbers as the type asked for, or refuses", () => {
    const ids = int32([1], [7]);
    expect(dataAs(ids, "int32")).toBe(ids.data);
    expect(() => dataAs(ids, "float32")).toThrow("Expected a float32 tensor, found int32.");
  });
});
