import { afterAll, describe, expect, it } from "vitest";
import { input, program } from "../../src/graph/program.ts";
import { dataAs, int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { type RopeParameters, ropeProblems, ropeRotation, ropeSchema } from "../../src/models/rope.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { furthest } from "./numbers.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const of = { headDim: 8, maxPositionEmbeddings: 5 };
const dynamic = ropeSchema.parse({ ropeType: "dynamic", ropeTheta: 100, factor: 3 });

/** The cosines and sines of all positions of one call. */
async function anglesOf(count: number, positions?: readonly number[]): Promise<Float32Array> {
  const [batch, places] = [
    positions?.length ?? 1,
    positions && input("positions", { shape: [positions.length, count], dtype: "int32" }),
  ];
  const past = places && { positions: places, keyPositions: places, mask: places };
  const { cos, sin } = ropeRotation(dynamic, of, count, past);
  await using executable = await runtime.compile(program("angles", { cos, sin }));
  const feeds = new Map<string, TensorData>(positions ? [["positions", int32([batch, count], positions)]] : []);
  const values = await executable.run(feeds);
  const [cosines, sines] = await Promise.all(["cos", "sin"].map((name) => values.get(name)!.read()));
  return Float32Array.from([...dataAs(cosines!, "float32"), ...dataAs(sines!, "float32")]);
}

describe("dynamic rotary positions", () => {
  it("turn the last position of a text as a step that adds it does, whatever other rows there are", async () => {
    const lengths = [3, 5, 6, 11];
    const steps = await anglesOf(
      1,
      lengths.map((length) => length - 1),
    );
    const half = steps.length / 2;
    for (const [row, length] of lengths.entries()) {
      const all = await anglesOf(length);
      const last = (from: number) => all.subarray(from + (length - 1) * 4, from + length * 4);
      for (const [part, from] of [last(0), last(all.length / 2)].entries()) {
        const found = steps.subarray(part * half + row * 4, part * half + (row + 1) * 4);
        expect(furthest(found, from), `length ${length}`).toBeLessThan(1e-6);
      }
    }
  });

  it("turn the positions of a longer text by smaller angles", async () => {
    const second = async (length: number) => (await anglesOf(length)).slice(4, 8);
    expect(furthest(await second(5), await second(3))).toBe(0);
    const [short, long] = [await second(5), await second(11)];
    expect([1, 2, 3].every((pair) => long[pair]! > short[pair]!)).toBe(true);
  });
});

describe("rotary positions that do not fit", () => {
  const rope = (parameters: object): RopeParameters => ropeSchema.parse({ ropeTheta: 100, factor: 2, ...parameters });
  const bands = { ropeType: "llama3", originalMaxPositionEmbeddings: 8 };
  it.each([
    [rope({ ropeType: "dynamic" }), 2, "at least 4 numbers"],
    [rope({ ropeType: "linear", partialRotaryFactor: 0.1 }), 8, "at least 2 numbers"],
    [rope({ ...bands, lowFreqFactor: 2, highFreqFactor: 2 }), 8, "highFreqFactor above lowFreqFactor"],
    [rope({ ropeType: "yarn", ropeTheta: 1, originalMaxPositionEmbeddings: 8 }), 8, "ropeTheta"],
  ])("%o are told", (parameters, headDim, message) => {
    const [problem] = ropeProblems("ropeParameters", parameters, headDim);
    expect(problem!.key).toBe("ropeParameters");
    expect(problem!.message).toContain(message);
    expect(ropeProblems("ropeParameters", dynamic, 8)).toEqual([]);
  });
});
