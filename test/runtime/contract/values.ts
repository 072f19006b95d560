import { expect, it } from "vitest";
import { bool, type DType, float32, int32, program, TensorData } from "../../../src/graph/index.ts";
import { mul } from "../../../src/ops/index.ts";
import { batch, floats, linearProgram } from "../programs.ts";
import { b, numbers, type Subject, w } from "./subject.ts";

/** Tensors that live on the device. */
export function values(subject: Subject): void {
  const samples: [DType, TensorData][] = [
    ["float32", float32([2, 2], [1.5, -2, 3, 4])],
    ["int32", int32([3], [1, -2, 2 ** 31 - 1])],
    ["bool", bool([2], [1, 0])],
    ["uint8", new TensorData("uint8", [5], Uint8Array.of(0, 1, 2, 254, 255))],
    ["float32", float32([], [3.25])],
    ["float32", float32([0, 4], [])],
  ];

  it.each(samples)("of %s come back as they were uploaded", async (_, data) => {
    const value = await subject.runtime.upload(data);
    expect(value).toMatchObject({ dtype: data.dtype, shape: data.shape });
    const read = await value.read();
    expect(read).toBeInstanceOf(TensorData);
    expect(read).toEqual(data);
    value.dispose();
  });

  it("share no memory with the caller", async () => {
    const memory = Float32Array.of(9, 1, 2, 9);
    const value = await subject.runtime.upload(new TensorData("float32", [2], memory.subarray(1, 3)));
    memory.fill(7);
    const first = await value.read();
    expect([...first.data]).toEqual([1, 2]);
    (first.data as Float32Array).fill(8);
    expect([...(await value.read()).data]).toEqual([1, 2]);
    expect(memory.length).toBe(4);
  });

  it("can be fed as parts of a larger buffer, which stays with the caller", async () => {
    const memory = Float32Array.of(9, 1, 2, 9);
    const doubled = program("double", { y: mul(floats("x", [batch]), 2) });
    const values = await subject.run(doubled, { x: new TensorData("float32", [2], memory.subarray(1, 3)) });
    expect(await numbers(values, "y")).toEqual([2, 4]);
    expect([...memory]).toEqual([9, 1, 2, 9]);
  });

  it("are gone after dispose", async () => {
    const value = await subject.runtime.upload(b);
    value.dispose();
    value.dispose();
    await expect(value.read()).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(subject.run(linearProgram(), { x: float32([1, 3], [1, 1, 1]), w, b: value })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining('"b"'),
    });
  });

  it("are fed to their own runtime only", async () => {
    await using other = await subject.create();
    const value = await other.upload(b);
    await expect(subject.run(linearProgram(), { x: float32([1, 3], [1, 1, 1]), w, b: value })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("another runtime"),
    });
  });
}
