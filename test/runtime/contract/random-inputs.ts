import { expect, it } from "vitest";
import { float32, program, randomMask, TensorData } from "../../../src/graph/index.ts";
import { dequantize, mul } from "../../../src/ops/index.ts";
import fixture from "../../fixtures/random-mask.json" with { type: "json" };
import { batch, floats } from "../programs.ts";
import { feeds, key, numbers, type Subject } from "./subject.ts";

/** Masks of dropout. */
export function randomInputs(subject: Subject): void {
  const x = floats("x", [batch, 64]);
  const masked = program("masked", {
    a: mul(x, dequantize(randomMask("dropout.a", [batch, 64], 0.75), 1)),
    b: mul(x, dequantize(randomMask("dropout.b", [batch, 64], 0.75), 1)),
  });
  const ones = (size: number) => feeds({ x: float32([size, 64], new Float32Array(size * 64).fill(1)) });

  it("are drawn from the key of the call and their name", async () => {
    await using executable = await subject.runtime.compile(masked);
    const first = await executable.run(ones(8), { random: key });
    const other = await executable.run(ones(8), { random: { ...key, step: 4 } });
    const again = await executable.run(ones(8), { random: key });
    expect(await numbers(again, "a")).toEqual(await numbers(first, "a"));
    expect(await numbers(first, "b")).not.toEqual(await numbers(first, "a"));
    expect(await numbers(other, "a")).not.toEqual(await numbers(first, "a"));
    const kept = (await numbers(first, "a")).filter((value) => value === 1).length;
    expect(new Set(await numbers(first, "a"))).toEqual(new Set([0, 1]));
    expect(Math.abs(kept / 512 - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 512));
  });

  it("are the same on every runtime", async () => {
    await using executable = await subject.runtime.compile(masked);
    const values = await executable.run(ones(1), { random: key });
    expect((await numbers(values, "a")).join("")).toBe(fixture.masks[0]!.bits.slice(0, 64));
  });

  it("need a key, unless they are fed", async () => {
    await using executable = await subject.runtime.compile(masked);
    await expect(executable.run(ones(2))).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const mask = new TensorData("uint8", [1, 64], new Uint8Array(64).fill(1));
    const values = await executable.run(new Map([...ones(1), ["dropout.a", mask], ["dropout.b", mask]]));
    expect(await numbers(values, "a")).toEqual(new Array(64).fill(1));
  });
}
