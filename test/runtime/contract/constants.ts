import { expect, it } from "vitest";
import { float32, int32, program } from "../../../src/graph/index.ts";
import { add } from "../../../src/ops/index.ts";
import { batch, floats, linearProgram } from "../programs.ts";
import { b, feeds, numbers, type Subject, w } from "./subject.ts";

/** Inputs that are known when a program is compiled. */
export function constants(subject: Subject): void {
  it("become part of the program", async () => {
    const options = { constants: new Map([["w", w], ["b", b], ["unknown", b]]) }; // biome-ignore format: a map
    await using linear = await subject.runtime.compile(linearProgram(), options);
    const values = await linear.run(feeds({ x: float32([1, 3], [1, 1, 1]) }));
    expect(await numbers(values, "y")).toEqual([9.5, 11]);
  });

  it("bind symbols, and must have the type of their input", async () => {
    const memory = program("memory", { y: add(floats("keys", [batch, 2]), floats("query", [batch, 1])) });
    const constants = new Map([["keys", float32([3, 2], [1, 2, 3, 4, 5, 6])]]);
    await using executable = await subject.runtime.compile(memory, { constants });
    const values = await executable.run(feeds({ query: float32([3, 1], [1, 2, 3]) }));
    expect(await numbers(values, "y")).toEqual([2, 3, 5, 6, 8, 9]);
    await expect(executable.run(feeds({ query: float32([2, 1], [1, 2]) }))).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      message: 'Program "memory": "batch" is 3 in keys, 2 in query.',
    });
    const wrong = { constants: new Map([["keys", int32([3, 2], [1, 2, 3, 4, 5, 6])]]) };
    await expect(subject.runtime.compile(memory, wrong)).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
  });
}
