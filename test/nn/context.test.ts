import { afterAll, describe, expect, it } from "vitest";
import { input, program } from "../../src/graph/program.ts";
import { float32 } from "../../src/graph/tensor-data.ts";
import { createContext } from "../../src/nn/context.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { heedError } from "../hub/errors.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const x = () => input("x", { shape: [40, 500], dtype: "float32" });

describe("dropout", () => {
  it("zeroes the share of elements that is asked for, and scales the rest so that the mean stays", async () => {
    const ctx = createContext({ training: true }).at("layer");
    await using executable = await runtime.compile(program("dropout", { y: ctx.dropout(x(), 0.3) }));
    const ones = float32([40, 500], new Float32Array(20_000).fill(1));
    const values = await executable.run(new Map([["x", ones]]), { random: { seed: 1, step: 1, microBatch: 0 } });
    const y = (await values.get("y")!.read()).data as Float32Array;
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    const kept = y.filter((value) => value !== 0).length;
    expect(Math.abs(kept - 14_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.3 * 0.7));
  });

  it("is the identity where the rate is 0, and outside of training", () => {
    const tensor = x();
    expect(createContext({ training: true }).dropout(tensor, 0)).toBe(tensor);
    expect(createContext({ training: false }).dropout(tensor, 0.5)).toBe(tensor);
  });

  it("is refused twice at one path: both would draw the same mask", async () => {
    const ctx = createContext({ training: true }).at("layers").at("0");
    ctx.dropout(x(), 0.5);
    const error = await heedError(() => ctx.dropout(x(), 0.5), "GRAPH_INVALID");
    expect(error.path).toBe("layers.0");
  });
});

describe("record", () => {
  it("keeps what is asked for under its path, and returns what it was given", () => {
    const ctx = createContext({ training: false, records: (path) => path === "a.b.wanted" });
    const [wanted, other] = [x(), x()];
    expect(ctx.at("a").at("b").record("wanted", wanted)).toBe(wanted);
    expect(ctx.at("a").record("other", other)).toBe(other);
    expect([...ctx.recorded]).toEqual([["a.b.wanted", wanted]]);
  });
});
