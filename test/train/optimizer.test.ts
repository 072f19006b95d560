import { afterAll, describe, expect, it } from "vitest";
import { input, program } from "../../src/graph/program.ts";
import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Learner, optimizerSchema, trainSchema } from "../../src/train/index.ts";
import { adam, updateScalarFeeds, updateScalarInputs } from "../../src/train/optimizer.ts";
import { furthest } from "../models/numbers.ts";
import { toyBatch, toyModel, toyPairs } from "./toy.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const RATE = 0.1;

/** The parameter and its moments after each gradient. */
async function optimize(settings: object, shape: number[], start: number[], gradients: number[][]) {
  const config = optimizerSchema.parse(settings);
  const named = (name: string) => input(name, { shape, dtype: "float32" });
  const moments = { parameter: named("parameter"), first: named("first"), second: named("second") };
  const updated = adam(moments, named("gradient"), updateScalarInputs(), config);
  await using executable = await runtime.compile(program("adam", { ...updated }));
  const zeros = float32(
    shape,
    start.map(() => 0),
  );
  let state: Record<string, TensorData> = { parameter: float32(shape, start), first: zeros, second: zeros };
  const states: Record<string, number[]>[] = [];
  for (const [i, gradient] of gradients.entries()) {
    const scalars = updateScalarFeeds(config, RATE, i + 1);
    const feeds = new Map<string, TensorData>([
      ...Object.entries(state),
      ["gradient", float32(shape, gradient)],
      ...scalars,
    ]);
    const values = await executable.run(feeds);
    const read = [...values].map(async ([name, value]) => [name, await value.read()] as const);
    state = Object.fromEntries(await Promise.all(read));
    states.push(Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, Array.from(data, Number)])));
  }
  return states;
}

describe("Adam", () => {
  it("makes the first steps that are worked out by hand", async () => {
    const states = await optimize(
      {},
      [2],
      [1, -3],
      [
        [0.5, 1e-3],
        [-1, 1e-3],
      ],
    );
    // m = 0.1 g; v = 0.02 g²; their estimates are g and g², so that the first step is the rate, whatever g.
    expect(furthest(states[0]!.parameter!, [0.9, -3.1])).toBeLessThan(1e-6);
    expect(furthest(states[0]!.first!, [0.05, 1e-4])).toBeLessThan(1e-8);
    expect(furthest(states[0]!.second!, [0.005, 2e-8])).toBeLessThan(1e-9);
    // m = 0.9 · 0.05 − 0.1 = −0.055, its estimate −0.055 / 0.19; v = 0.98 · 0.005 + 0.02 = 0.0249, estimate 0.0249 / 0.0396.
    expect(furthest(states[1]!.first!, [-0.055, 1.9e-4])).toBeLessThan(1e-8);
    expect(furthest(states[1]!.second!, [0.0249, 3.96e-8])).toBeLessThan(1e-9);
    expect(furthest(states[1]!.parameter!, [0.93650539, -3.2])).toBeLessThan(1e-6);
  });

  it("adds epsilon to the root that is corrected for its bias", async () => {
    const [state] = await optimize({ epsilon: 0.5 }, [1], [1], [[0.5]]);
    expect(state!.parameter![0]).toBeCloseTo(1 - RATE * (0.5 / (0.5 + 0.5)), 6);
  });

  it("makes no step from no gradient", async () => {
    const states = await optimize({}, [1], [1], [[0], [0]]);
    expect(states.map(({ parameter }) => parameter)).toEqual([[1], [1]]);
  });
});

describe("the defaults", () => {
  it("are those of the paper (5.3, 5.4)", () => {
    expect(optimizerSchema.parse({})).toEqual({ beta1: 0.9, beta2: 0.98, epsilon: 1e-9, weightDecay: 0 });
    expect(trainSchema.parse({}).labelSmoothing).toBe(0.1);
  });
});

describe("AdamW", () => {
  it("decays matrices by rate · weightDecay beside the step, and leaves biases and norms alone", async () => {
    const [matrix] = await optimize({ weightDecay: 0.2 }, [1, 2], [1, -3], [[0.5, 0]]);
    expect(furthest(matrix!.parameter!, [1 * 0.98 - 0.1, -3 * 0.98])).toBeLessThan(1e-6);
    const [bias] = await optimize({ weightDecay: 0.2 }, [2], [1, -3], [[0.5, 0]]);
    expect(furthest(bias!.parameter!, [0.9, -3])).toBeLessThan(1e-6);
  });
});

describe("an update", () => {
  it.each([0, 0.1])("leaves the bias of the logits as it is (weightDecay %d)", async (weightDecay) => {
    const model = toyModel({ finalLogitsBias: true });
    const settings = trainSchema.parse({ optimizer: { weightDecay } });
    await using learner = await Learner.create(model, runtime, settings);
    await learner.update([toyBatch(toyPairs("bias", 4), model)], 1, 0.1);
    const { parameters } = await learner.snapshot();
    const { data } = model.parameters.get("output.bias")!;
    expect(data.some((x) => x !== 0)).toBe(true);
    expect(parameters.get("output.bias")!.data).toEqual(data);
    expect(parameters.get("embedding.source")!.data).not.toEqual(model.parameters.get("embedding.source")!.data);
  });
});
