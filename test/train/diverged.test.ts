import { afterAll, describe, expect, it } from "vitest";
import { float32, int32 } from "../../src/graph/tensor-data.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import type { BatchSource } from "../../src/train/batches.ts";
import type { TrainRun } from "../../src/train/index.ts";
import { heedError } from "../hub/errors.ts";
import { MemoryStore, reusing, toyBatches, toyModel, toySettings, trainAll } from "./toy.ts";

const runtime = reusing(await nativeRuntime({ threads: 1 }));
afterAll(() => runtime.dispose());

const model = toyModel();
const train = toyBatches(model, 10);

/** The settings by which a run diverges, and the error that says so. */
async function diverged(settings: object, more: Partial<TrainRun> = {}) {
  const run: TrainRun = {
    model,
    runtime,
    settings: toySettings({ maxEpochs: 2, ...settings }),
    data: { train },
    ...more,
  };
  return heedError(() => trainAll(run), "TRAINING_DIVERGED");
}

/** Batches of which one has no target: its loss is 0 / 0. */
const withPoison = (at: number): BatchSource => ({
  ...train,
  epoch: async (number) => {
    const epoch = await train.epoch(number);
    return {
      length: epoch.length,
      async batch(index) {
        const batch = await epoch.batch(index);
        if (number !== 1 || index !== at) return batch;
        const { shape, data } = batch.labels;
        return { ...batch, labels: int32(shape, new Int32Array(data.length).fill(-100)), targetTokens: 0 };
      },
    };
  },
});

describe("a training that diverges ends with an error", () => {
  it("that names the step, the batch and the last good checkpoint", async () => {
    const store = new MemoryStore();
    const { message } = await diverged({ evaluateEvery: 4 }, { data: { train: withPoison(6) }, store });
    expect(message).toContain("The loss is NaN");
    expect(message).toContain("at step 17 (batch 7 of epoch 2).");
    expect(message).toContain("The last good checkpoint is step 16.");
    expect(message).toContain("Lower the learning rate");
    expect(store.latest).toBe("step 16");
  });

  it("that names all batches of the step", async () => {
    const data = { train: withPoison(6) };
    // A sum of losses over all targets: one batch without any does no harm beside others that have some.
    await trainAll({ model, runtime, settings: toySettings({ maxEpochs: 2, accumulate: 3 }), data });
    const schedule = { type: "constant", peak: 1e30 };
    const { message } = await diverged({ accumulate: 3, schedule });
    expect(message).toMatch(/at step 2 \(batches 4 to 6 of epoch 1\)\. No checkpoint was saved before\./);
  });

  it("that names the checkpoint it was resumed from", async () => {
    const store = new MemoryStore();
    await trainAll({ model, runtime, settings: toySettings({ maxSteps: 3 }), data: { train }, store });
    const schedule = { type: "constant", peak: 1e30 };
    const { message } = await diverged({ schedule }, { resume: store.checkpoints.at(-1)! });
    expect(message).toContain("at step 5 (batch 5 of epoch 1). The last good checkpoint is step 3.");
  });

  it("where the loss is finite, but not the gradients", async () => {
    const untied = toyModel({ tieWordEmbeddings: false });
    const { shape, data } = untied.parameters.get("output.weight")!;
    const huge = float32(
      shape,
      data.map((x) => x * 1e22),
    );
    const parameters = new Map(untied.parameters).set("output.weight", huge);
    const { message } = await diverged({}, { model: { ...untied, parameters } });
    expect(message).toMatch(
      /The loss is [\d.e+]+ and the gradients' norm (Infinity|NaN) at step 1 \(batch 1 of epoch 1\)/,
    );
  });

  it("before its checkpoint is taken for good: the validation is where it shows", async () => {
    const store = new MemoryStore();
    const schedule = { type: "constant", peak: 1e30 };
    const data = { train, validation: toyBatches(model, 1) };
    const validate = () => Promise.reject(new Error("was called with a broken model"));
    const { message } = await diverged({ schedule, evaluateEvery: 1 }, { data, store, validate });
    expect(message).toContain("The validation loss is NaN after step 1. No checkpoint was saved before.");
    expect(store.checkpoints).toEqual([]);
    expect(store.events.map(({ type }) => type)).toEqual(["start", "step"]);
  });
});
