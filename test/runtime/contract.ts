import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addDims,
  bool,
  type DType,
  type Feeds,
  float32,
  input,
  int32,
  program,
  type Runtime,
  randomMask,
  sym,
  TensorData,
  type Value,
  type Values,
} from "../../src/graph/index.ts";
import { add, cast, dequantize, matmul, mul, sum } from "../../src/ops/index.ts";
import fixture from "../fixtures/random-mask.json" with { type: "json" };
import { settledMemory } from "./memory.ts";
import { adamByHand, adamProgram, batch, floats, linearProgram, type Matrix } from "./programs.ts";

const feeds = (entries: Record<string, TensorData | Value>): Feeds => new Map(Object.entries(entries));
const numbers = async (values: Values, name: string) => [...((await values.get(name)!.read()).data as Float32Array)];
const key = { seed: 7, step: 3, microBatch: 0 };

/** What every runtime must do. */
export function runtimeContract(create: () => Promise<Runtime>): void {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await create();
  });
  afterAll(() => runtime.dispose());

  const run = async (compiled: ReturnType<typeof program>, entries: Record<string, TensorData | Value>) => {
    await using executable = await runtime.compile(compiled);
    return await executable.run(feeds(entries), { random: key });
  };

  const w = float32([3, 2], [1, 2, 3, 4, 5, 6]);
  const b = float32([2], [0.5, -1]);

  describe("programs", () => {
    it("computes for shapes that change from call to call", async () => {
      await using linear = await runtime.compile(linearProgram());
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
      await using adam = await runtime.compile(adamProgram());
      const zeros: Matrix = [[0, 0], [0, 0], [0, 0]]; // biome-ignore format: a matrix
      let expected = { w: [[1, 2], [3, 4], [5, 6]] as Matrix, m: zeros, v: zeros }; // biome-ignore format: matrices
      let state: Record<string, Value> = {};
      for (const [name, matrix] of Object.entries(expected)) {
        state[name] = await runtime.upload(float32([3, 2], matrix.flat()));
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
      await using linear = await runtime.compile(linearProgram());
      const entries = feeds({ x: float32([1, 3], [1, 1, 1]), w, b });
      expect([...(await linear.run(entries, { outputs: ["total"] })).keys()]).toEqual(["total"]);
      await expect(linear.run(entries, { outputs: ["z"] })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    });

    it("returns an input, and one tensor under two names, as values of their own", async () => {
      const x = floats("x", [batch]);
      const doubled = mul(x, 2);
      const compiled = program("copies", { x, doubled, again: doubled, alias: x });
      const fed = await runtime.upload(float32([2], [1, 2]));
      const values = await run(compiled, { x: fed });
      fed.dispose();
      values.get("doubled")!.dispose();
      values.get("x")!.dispose();
      expect(await numbers(values, "again")).toEqual([2, 4]);
      expect(await numbers(values, "alias")).toEqual([1, 2]);
    });

    it("computes with dimensions of 0 and 1", async () => {
      const x = floats("x", [batch, 3]);
      const compiled = program("empty", { y: add(mul(x, 2), 1), total: sum(x), rows: sum(x, [1]) });
      const empty = await run(compiled, { x: float32([0, 3], []) });
      expect(empty.get("y")!.shape).toEqual([0, 3]);
      expect(await numbers(empty, "y")).toEqual([]);
      expect(empty.get("rows")!.shape).toEqual([0]);
      expect(await numbers(empty, "total")).toEqual([0]);
      const one = await run(compiled, { x: float32([1, 3], [1, 2, 3]) });
      expect(await numbers(one, "y")).toEqual([3, 5, 7]);
    });

    it("serves calls that overlap, each with its own numbers", async () => {
      await using linear = await runtime.compile(linearProgram());
      const calls = Array.from({ length: 8 }, async (_, i) => {
        const values = await linear.run(feeds({ x: float32([1, 3], [i, 0, 0]), w, b }));
        return numbers(values, "y");
      });
      expect(await Promise.all(calls)).toEqual(calls.map((_, i) => [i + 0.5, 2 * i - 1]));
    });

    it("lets values be disposed of while a call uses them", async () => {
      await using linear = await runtime.compile(linearProgram());
      const x = await runtime.upload(float32([1, 3], [1, 0, 0]));
      const call = linear.run(feeds({ x, w, b }));
      x.dispose();
      expect(await numbers(await call, "y")).toEqual([1.5, 1]);
    });
  });

  describe("constants", () => {
    it("become part of the program", async () => {
      const options = { constants: new Map([["w", w], ["b", b], ["unknown", b]]) }; // biome-ignore format: a map
      await using linear = await runtime.compile(linearProgram(), options);
      const values = await linear.run(feeds({ x: float32([1, 3], [1, 1, 1]) }));
      expect(await numbers(values, "y")).toEqual([9.5, 11]);
    });

    it("bind symbols, and must have the type of their input", async () => {
      const memory = program("memory", { y: add(floats("keys", [batch, 2]), floats("query", [batch, 1])) });
      const constants = new Map([["keys", float32([3, 2], [1, 2, 3, 4, 5, 6])]]);
      await using executable = await runtime.compile(memory, { constants });
      const values = await executable.run(feeds({ query: float32([3, 1], [1, 2, 3]) }));
      expect(await numbers(values, "y")).toEqual([2, 3, 5, 6, 8, 9]);
      await expect(executable.run(feeds({ query: float32([2, 1], [1, 2]) }))).rejects.toMatchObject({
        code: "SHAPE_MISMATCH",
        message: 'Program "memory": "batch" is 3 in keys, 2 in query.',
      });
      const wrong = { constants: new Map([["keys", int32([3, 2], [1, 2, 3, 4, 5, 6])]]) };
      await expect(runtime.compile(memory, wrong)).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
    });
  });

  describe("values", () => {
    const samples: [DType, TensorData][] = [
      ["float32", float32([2, 2], [1.5, -2, 3, 4])],
      ["int32", int32([3], [1, -2, 2 ** 31 - 1])],
      ["bool", bool([2], [1, 0])],
      ["uint8", new TensorData("uint8", [5], Uint8Array.of(0, 1, 2, 254, 255))],
      ["float32", float32([], [3.25])],
      ["float32", float32([0, 4], [])],
    ];

    it.each(samples)("of %s come back as they were uploaded", async (_, data) => {
      const value = await runtime.upload(data);
      expect(value).toMatchObject({ dtype: data.dtype, shape: data.shape });
      const read = await value.read();
      expect(read).toBeInstanceOf(TensorData);
      expect(read).toEqual(data);
      value.dispose();
    });

    it("share no memory with the caller", async () => {
      const memory = Float32Array.of(9, 1, 2, 9);
      const value = await runtime.upload(new TensorData("float32", [2], memory.subarray(1, 3)));
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
      const values = await run(doubled, { x: new TensorData("float32", [2], memory.subarray(1, 3)) });
      expect(await numbers(values, "y")).toEqual([2, 4]);
      expect([...memory]).toEqual([9, 1, 2, 9]);
    });

    it("are gone after dispose", async () => {
      const value = await runtime.upload(b);
      value.dispose();
      value.dispose();
      await expect(value.read()).rejects.toMatchObject({ code: "INPUT_INVALID" });
      await expect(run(linearProgram(), { x: float32([1, 3], [1, 1, 1]), w, b: value })).rejects.toMatchObject({
        code: "INPUT_INVALID",
        message: expect.stringContaining('"b"'),
      });
    });

    it("are fed to their own runtime only", async () => {
      await using other = await create();
      const value = await other.upload(b);
      await expect(run(linearProgram(), { x: float32([1, 3], [1, 1, 1]), w, b: value })).rejects.toMatchObject({
        code: "INPUT_INVALID",
        message: expect.stringContaining("another runtime"),
      });
    });
  });

  describe("mismatches", () => {
    const source = sym("source");
    const past = sym("past");
    const attend = program("attend", {
      y: add(
        mul(
          cast(input("inputIds", { shape: [batch, source], dtype: "int32" }), "float32"),
          floats("attentionMask", [batch, source]),
        ),
        sum(matmul(floats("keys", [past, 3]), floats("next", [3, addDims(past, 1)]))),
      ),
    });
    const good = {
      inputIds: int32([1, 2], [1, 2]),
      attentionMask: float32([1, 2], [1, 1]),
      keys: float32([1, 3], [1, 1, 1]),
      next: float32([3, 2], [1, 1, 1, 1, 1, 1]),
    };

    it("accepts what fits, and ignores inputs that it does not have", async () => {
      const values = await run(attend, { ...good, unknown: b });
      expect(await numbers(values, "y")).toEqual([7, 8]);
    });

    it.each([
      [
        "two sizes of a symbol",
        { attentionMask: float32([1, 3], [1, 1, 1]) },
        '"source" is 2 in inputIds, 3 in attentionMask.',
      ],
      [
        "a wrong rank",
        { attentionMask: float32([2], [1, 1]) },
        '"attentionMask", float32[batch, source], was fed float32[2].',
      ],
      [
        "a wrong type",
        { inputIds: float32([1, 2], [1, 2]) },
        '"inputIds", int32[batch, source], was fed float32[1,2].',
      ],
      [
        "a wrong fixed size",
        { keys: float32([1, 2], [1, 1]) },
        '"keys", float32[past, 3], must be [1,3] (past is 1 in keys), but was fed [1,2].',
      ],
      [
        "a wrong expression",
        { next: float32([3, 1], [1, 1, 1]) },
        '"next", float32[3, past+1], must be [3,2] (past is 1 in keys), but was fed [3,1].',
      ],
    ])("refuses %s", async (_, wrong, message) => {
      await expect(run(attend, { ...good, ...wrong })).rejects.toMatchObject({
        code: "SHAPE_MISMATCH",
        message: `Program "attend": ${message}`,
      });
    });

    it("refuses a missing input", async () => {
      const { keys, ...rest } = good;
      await expect(run(attend, rest)).rejects.toMatchObject({
        code: "SHAPE_MISMATCH",
        message: 'Program "attend": "keys", float32[past, 3], is missing.',
      });
    });
  });

  describe("random inputs", () => {
    const x = floats("x", [batch, 64]);
    const masked = program("masked", {
      a: mul(x, dequantize(randomMask("dropout.a", [batch, 64], 0.75), 1)),
      b: mul(x, dequantize(randomMask("dropout.b", [batch, 64], 0.75), 1)),
    });
    const ones = (size: number) => feeds({ x: float32([size, 64], new Float32Array(size * 64).fill(1)) });

    it("are drawn from the key of the call and their name", async () => {
      await using executable = await runtime.compile(masked);
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
      await using executable = await runtime.compile(masked);
      const values = await executable.run(ones(1), { random: key });
      expect((await numbers(values, "a")).join("")).toBe(fixture.masks[0]!.bits.slice(0, 64));
    });

    it("need a key, unless they are fed", async () => {
      await using executable = await runtime.compile(masked);
      await expect(executable.run(ones(2))).rejects.toMatchObject({ code: "INPUT_INVALID" });
      const mask = new TensorData("uint8", [1, 64], new Uint8Array(64).fill(1));
      const values = await executable.run(new Map([...ones(1), ["dropout.a", mask], ["dropout.b", mask]]));
      expect(await numbers(values, "a")).toEqual(new Array(64).fill(1));
    });
  });

  describe("lifetime", () => {
    it("refuses a program that was disposed of", async () => {
      const linear = await runtime.compile(linearProgram());
      await linear.dispose();
      await linear.dispose();
      await expect(linear.run(feeds({ x: float32([1, 3], [1, 1, 1]), w, b }))).rejects.toMatchObject({
        code: "RUNTIME_FAILED",
      });
    });

    it("refuses everything after the runtime was disposed of", async () => {
      const other = await create();
      const linear = await other.compile(linearProgram());
      await other.dispose();
      await other.dispose();
      const gone = { code: "RUNTIME_FAILED", message: expect.stringContaining("disposed") };
      await expect(linear.run(feeds({ x: float32([1, 3], [1, 1, 1]), w, b }))).rejects.toMatchObject(gone);
      await expect(other.compile(linearProgram())).rejects.toMatchObject(gone);
      await expect(other.upload(b)).rejects.toMatchObject(gone);
    });

    it("keeps values that outlive their program", async () => {
      const kept: Value[] = [];
      for (let i = 0; i < 10; i++) {
        const values = await run(linearProgram(), { x: float32([1, 3], [i, 0, 0]), w, b });
        kept.push(values.get("y")!, values.get("total")!);
      }
      for (let i = 0; i < 10; i++) expect([...(await kept[2 * i]!.read()).data]).toEqual([i + 0.5, 2 * i - 1]);
      for (const value of kept) value.dispose();
    });

    it("lets values be disposed of after their runtime", async () => {
      const other = await create();
      const linear = await other.compile(linearProgram());
      const values = await linear.run(feeds({ x: float32([1, 3], [1, 1, 1]), w, b }));
      const uploaded = await other.upload(b);
      await other.dispose();
      await expect(values.get("y")!.read()).rejects.toMatchObject({ code: "RUNTIME_FAILED" });
      for (const value of [...values.values(), uploaded]) value.dispose();
      await linear.dispose();
    });

    it("holds no more memory after many calls", async () => {
      const size = 2 ** 18;
      await using executable = await runtime.compile(program("memory", { y: mul(floats("x", [batch]), 2) }));
      const x = await runtime.upload(float32([size], new Float32Array(size)));
      const calls = async (count: number) => {
        for (let i = 0; i < count; i++) {
          for (const value of (await executable.run(feeds({ x }))).values()) value.dispose();
        }
        return settledMemory();
      };
      const before = await calls(100);
      const after = await calls(400);
      x.dispose();
      expect((after - before) / 2 ** 20).toBeLessThan(100);
    });
  });
}
