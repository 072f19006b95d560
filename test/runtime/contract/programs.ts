import { expect, it } from "vitest";
import { float32, program, type Value } from "../../../src/graph/index.ts";
import { add, mul, sum } from "../../../src/ops/index.ts";
import { adamByHand, adamProgram, batch, floats, linearProgram, type Matrix } from "../programs.ts";
import { b, feeds, numbers, type Subject, w } from "./subject.ts";

/** What programs compute: forward, backward, for every shape. */
export function programs(subject: Subject): void {
  it("computes for shapes that change from call to call", async () => {
    await using linear = await subject.runtime.compile(linearProgram());
    for (const size of [1, 4, 2, 7]) {
      const x = Array.from({ length: size * 3 }, (_, i) => i - 2);
      const values = await linear.run(feeds({ x: float32([size, 3], x), w, b }));
      const y = Array.from({ length: size }, (_, i) => {
        const [p, q, r] = x.slice(3 * i) as [number, number, number];
        return [p + 3 * q + 5 * r + 0.5, 2 * p + 4 * q + 6 * r - 1];
      }).flat();
      expect(values.get("y")).toMatchObject({ dtype: "float32", shape: [size, 2] });
      expect(await numbers(values, "y")).toEqual(y);
      expect(values.get("total")!.shape).toEqual([]);
      expect(await numbers(values, "total")).toEqual([y.reduce((s, value) => s + value, 0)]);
    }
  });

  it("trains: gradients and updates, the state staying on the device", async () => {
    await using adam = await subject.runtime.compile(adamProgram());
    const zeros: Matrix = [[0, 0], [0, 0], [0, 0]]; // biome-ignore format: a matrix
    let expected = { w: [[1, 2], [3, 4], [5, 6]] as Matrix, m: zeros, v: zeros }; // biome-ignore format: matrices
    let state: Record<string, Value> = {};
    for (const [name, matrix] of Object.entries(expected)) {
      state[name] = await subject.runtime.upload(float32([3, 2], matrix.flat()));
    }
    for (const size of [2, 3, 1, 2]) {
      const x = Array.from({ length: size }, (_, i) => [Math.sin(i), Math.cos(i), i / 3]);
      const t = Array.from({ length: size }, (_, i) => [i, -i]);
      const entries = { ...state, x: float32([size, 3], x.flat()), t: float32([size, 2], t.flat()) };
      const values = await adam.run(feeds(entries));
      const step = adamByHand(expected, x, t);
      for (const name of ["g", "w", "m", "v"] as const) {
        const found = await numbers(values, name);
        for (const [i, value] of step[name].flat().entries()) expect(found[i]).toBeCloseTo(value, 4);
      }
      expect((await numbers(values, "loss"))[0]! / step.loss).toBeCloseTo(1, 5);
      for (const value of [...Object.values(state), values.get("g")!, values.get("loss")!]) value.dispose();
      state = { w: values.get("w")!, m: values.get("m")!, v: values.get("v")! };
      expected = step;
    }
  });

  it("returns only the outputs asked for", async () => {
    await using linear = await subject.runtime.compile(linearProgram());
    const entries = feeds({ x: float32([1, 3], [1, 1, 1]), w, b });
    expect([...(await linear.run(entries, { outputs: ["total"] })).keys()]).toEqual(["total"]);
    await expect(linear.run(entries, { outputs: ["z"] })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  it("returns an input, and one tensor under two names, as values of their own", async () => {
    const x = floats("x", [batch]);
    const doubled = mul(x, 2);
    const compiled = program("copies", { x, doubled, again: doubled, alias: x });
    const fed = await subject.runtime.upload(float32([2], [1, 2]));
    const values = await subject.run(compiled, { x: fed });
    fed.dispose();
    values.get("doubled")!.dispose();
    values.get("x")!.dispose();
    expect(await numbers(values, "again")).toEqual([2, 4]);
    expect(await numbers(values, "alias")).toEqual([1, 2]);
  });

  it("computes with dimensions of 0 and 1", async () => {
    const x = floats("x", [batch, 3]);
    const compiled = program("empty", { y: add(mul(x, 2), 1), total: sum(x), rows: sum(x, [1]) });
    const empty = await subject.run(compiled, { x: float32([0, 3], []) });
    expect(empty.get("y")!.shape).toEqual([0, 3]);
    expect(await numbers(empty, "y")).toEqual([]);
    expect(empty.get("rows")!.shape).toEqual([0]);
    expect(await numbers(empty, "total")).toEqual([0]);
    const one = await subject.run(compiled, { x: float32([1, 3], [1, 2, 3]) });
    expect(await numbers(one, "y")).toEqual([3, 5, 7]);
  });

  it("serves calls that overlap, each with its own numbers", async () => {
    await using linear = await subject.runtime.compile(linearProgram());
    const calls = Array.from({ length: 8 }, async (_, i) => {
      const values = await linear.run(feeds({ x: float32([1, 3], [i, 0, 0]), w, b }));
      return numbers(values, "y");
    });
    expect(await Promise.all(calls)).toEqual(calls.map((_, i) => [i + 0.5, 2 * i - 1]));
  });

  it("lets values be disposed of while a call uses them", async () => {
    await using linear = await subject.runtime.compile(linearProgram());
    const x = await subject.runtime.upload(float32([1, 3], [1, 0, 0]));
    const call = linear.run(feeds({ x, w, b }));
    x.dispose();
    expect(await numbers(await call, "y")).toEqual([1.5, 1]);
  });
}
