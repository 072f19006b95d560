import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TensorData } from "../../src/graph/tensor-data.ts";
import type { Model } from "../../src/models/model.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Learner, learningRate, type TrainSettings, type UpdateResult } from "../../src/train/index.ts";
import {
  initialModel,
  readGradients,
  readTrace,
  type Trace,
  toBatch,
  trainedModel,
  variants,
} from "../models/fixtures.ts";
import { furthest } from "../models/numbers.ts";
import { gradientsOf } from "./gradients.ts";
import { settled } from "./toy.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

function settingsOf({ training }: Trace): TrainSettings {
  const { betas, eps, weight_decay } = training.optimizer;
  const { scale, warmup } = training.schedule;
  return settled({
    optimizer: { beta1: betas[0], beta2: betas[1], epsilon: eps, weightDecay: weight_decay },
    schedule: { type: "paper", scale, warmupSteps: warmup },
    labelSmoothing: training.label_smoothing,
    clipNorm: training.max_grad_norm,
  });
}

/** Takes every step of the trace. */
async function follow(trace: Trace, model: Model): Promise<{ updates: UpdateResult[]; trained: Model }> {
  const settings = settingsOf(trace);
  await using learner = await Learner.create(model, runtime, settings);
  const facts = { width: model.family.width(model.config), totalSteps: trace.steps.length };
  const updates: UpdateResult[] = [];
  for (const step of trace.steps) {
    const rate = learningRate(settings.schedule, step.step, facts);
    expect(rate).toBeCloseTo(step.lr, 12);
    updates.push(await learner.update([toBatch(step)], step.step, rate));
  }
  return { updates, trained: await learner.snapshot() };
}

/**
 * A bias on the keys adds the same number to all scores of one query, which the softmax takes away. Its gradient is
 * rounding noise, and Adam, which divides by the gradient's size, makes steps of full length from it: no two
 * implementations agree on it, and no output depends on it.
 */
const withoutKeyBiases = (parameters: Parameters): Parameters =>
  new Map([...parameters].filter(([path]) => !path.endsWith(".key.bias")));

type Parameters = ReadonlyMap<string, TensorData<"float32">>;

function expectClose(found: Parameters, expected: Parameters, tolerance: number): void {
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [path, { data }] of expected) {
    expect(furthest(found.get(path)!.data, data), path).toBeLessThan(tolerance);
  }
}

describe.each([...variants, "adamw"])("%s trains as in PyTorch", (name) => {
  const trace = readTrace(name);
  let result: Awaited<ReturnType<typeof follow>>;
  beforeAll(async () => {
    result = await follow(trace, await initialModel(trace.weights_of));
  });

  it("the loss and the gradients' norm of each of 20 steps", () => {
    expect(result.updates.length).toBe(20);
    trace.steps.forEach(({ loss, grad_norm }, i) => {
      expect(Math.abs(result.updates[i]!.loss / loss - 1), `loss of step ${i + 1}`).toBeLessThan(1e-5);
      expect(Math.abs(result.updates[i]!.gradientNorm / grad_norm - 1), `norm of step ${i + 1}`).toBeLessThan(1e-5);
    });
  });

  it("some steps are clipped and some are not", () => {
    const clipped = result.updates.filter(({ gradientNorm }) => gradientNorm > trace.training.max_grad_norm).length;
    expect(clipped).toBeGreaterThan(3);
    expect(clipped).toBeLessThan(17);
  });

  it("the parameters after them", async () => {
    const expected = await trainedModel(name);
    expectClose(withoutKeyBiases(result.trained.parameters), withoutKeyBiases(expected.parameters), 2e-5);
  });

  it("the padding token's row stays as it was", () => {
    const { padTokenId, dModel } = result.trained.config as unknown as { padTokenId: number; dModel: number };
    for (const [path, { data }] of result.trained.parameters) {
      if (!path.startsWith("embedding.")) continue;
      const row = data.subarray(padTokenId * dModel, (padTokenId + 1) * dModel);
      expect([...row]).toEqual(Array(dModel).fill(name === "marian-padding-not-zero" ? 0.5 : 0));
    }
  });
});

describe.each(variants)("%s has the gradients that PyTorch has", (name) => {
  it("of every parameter, for the first batch", async () => {
    const trace = readTrace(name);
    const model = await initialModel(name);
    const found = await gradientsOf(runtime, model, settingsOf(trace), toBatch(trace.steps[0]!));
    expectClose(found, await readGradients(name), 2e-6);
  });
});
