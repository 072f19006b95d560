import { afterAll, describe, expect, it } from "vitest";
import { nativeRuntime } from "../../src/runtime/node.ts";
import type { TrainEvent, TrainRun } from "../../src/train/index.ts";
import { train } from "../../src/train/index.ts";
import { heedError } from "../hub/errors.ts";
import { MemoryStore, numbersOf, reusing, toyBatches, toyModel, toySettings, trainAll } from "./toy.ts";

const runtime = reusing(await nativeRuntime({ threads: 1 }));
afterAll(() => runtime.dispose());

const model = toyModel();
const runOf = (settings: object, more: Partial<TrainRun> = {}): TrainRun => ({
  model,
  runtime,
  settings: toySettings(settings),
  data: { train: toyBatches(model, 5) },
  ...more,
});
const validation = toyBatches(model, 1);
const types = (events: readonly TrainEvent[]) => events.map(({ type, step }) => `${type} ${step}`);
const last = <T>(items: readonly T[]): T => items.at(-1)!;
const losses = (evaluations: readonly { readonly loss: number }[]) => evaluations.map(({ loss }) => loss);
const endOf = (events: readonly TrainEvent[]) => last(events) as Extract<TrainEvent, { type: "end" }>;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("the events of a training", () => {
  it("come in order: evaluation and checkpoint at the end of each epoch unless told", async () => {
    const data = { train: toyBatches(model, 3), validation };
    const store = new MemoryStore();
    const events = await trainAll(runOf({ maxEpochs: 2, accumulate: 2 }, { data, store }));
    const epoch = (first: number) => [`step ${first}`, `step ${first + 1}`, `evaluation ${first + 1}`];
    expect(types(events)).toEqual(["start 0", ...epoch(1), "checkpoint 2", ...epoch(3), "checkpoint 4", "end 4"]);
    expect(store.events).toEqual(events);
    expect(events[0]).toMatchObject({ totalSteps: 4, device: "cpu" });
    const steps = events.filter((event) => event.type === "step");
    expect(steps.map(({ epoch }) => epoch)).toEqual([1, 1, 2, 2]);
    expect(endOf(events).reason).toBe("finished");
  });

  it("come at the intervals that are asked for, and at the end", async () => {
    const settings = { maxSteps: 7, evaluateEvery: 3, saveEvery: 2, bestBy: "worse" };
    let score = 0;
    const validate = async () => ({ worse: score-- });
    const data = { train: toyBatches(model, 5), validation };
    const events = await trainAll(runOf(settings, { data, validate, store: new MemoryStore() }));
    const evaluations = events.filter(({ type }) => type === "evaluation").map(({ step }) => step);
    const checkpoints = events.filter(({ type }) => type === "checkpoint").map(({ step }) => step);
    expect(evaluations).toEqual([3, 6, 7]);
    // The first evaluation is the best so far, and what is best is kept.
    expect(checkpoints).toEqual([2, 3, 4, 6, 7]);
  });

  it("tell of learning: the loss falls", async () => {
    const steps = (await trainAll(runOf({ maxSteps: 60 }))).filter((event) => event.type === "step");
    const mean = (part: typeof steps) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(steps.slice(-10))).toBeLessThan(0.75 * mean(steps.slice(0, 10)));
  });

  it("do not wait for whoever reads them", async () => {
    const logged: TrainEvent[] = [];
    const store = new MemoryStore((event) => logged.push(event));
    const events = train(runOf({ maxSteps: 10 }, { store }));
    expect((await events.next()).value).toMatchObject({ type: "start" });
    while (logged.at(-1)?.type !== "end") await sleep(5);
    const read: TrainEvent[] = [];
    for await (const event of events) read.push(event);
    expect(read).toEqual(logged.slice(1));
    expect(read.length).toBeGreaterThan(10);
  });
});

describe("a training ends", () => {
  it("at its last step, within an epoch", async () => {
    const events = await trainAll(runOf({ maxSteps: 7, maxEpochs: 9 }));
    expect(endOf(events)).toMatchObject({ step: 7, reason: "finished" });
  });

  it("after its last epoch, whose last step may have fewer batches", async () => {
    const events = await trainAll(runOf({ maxSteps: 100, maxEpochs: 2, accumulate: 3 }));
    expect(endOf(events)).toMatchObject({ step: 4, reason: "finished" });
  });

  it("when its time is over, with an evaluation", async () => {
    const data = { train: toyBatches(model, 1000), validation };
    const store = new MemoryStore();
    const events = await trainAll(runOf({ maxSeconds: 0.05 }, { data, store }));
    const { step, reason, seconds } = endOf(events);
    expect(reason).toBe("timeLimit");
    expect(seconds).toBeGreaterThanOrEqual(0.05);
    expect(types(events.slice(-4))).toEqual([
      `step ${step}`,
      `evaluation ${step}`,
      `checkpoint ${step}`,
      `end ${step}`,
    ]);
    expect(store.best).toBe(store.latest);
    for (const event of events) if (event.type === "step") expect(event.secondsLeft).toBeLessThanOrEqual(0.05);
    const totals = events.flatMap((event) => ("totalSteps" in event ? [event.totalSteps] : []));
    expect(new Set(totals)).toEqual(new Set([null]));
  });

  it("when its patience is over", async () => {
    const scores = [1, 3, 2, 2.5, 1, 9];
    const store = new MemoryStore();
    const events = await trainAll(
      runOf(
        { maxSteps: 100, evaluateEvery: 2, patience: 3, bestBy: "bleu" },
        {
          data: { train: toyBatches(model, 5), validation },
          validate: async () => ({ bleu: scores.shift()! }),
          store,
        },
      ),
    );
    expect(endOf(events)).toMatchObject({ step: 10, reason: "noImprovement" });
    const evaluations = events.filter((event) => event.type === "evaluation");
    expect(evaluations.map(({ best }) => best)).toEqual([true, true, false, false, false]);
    expect(evaluations.map(({ scores }) => scores.bleu)).toEqual([1, 3, 2, 2.5, 1]);
    expect(store.best).toBe("step 4");
    expect(store.latest).toBe("step 10");
  });

  it("not at all unless something says when", async () => {
    const error = await heedError(() => trainAll(runOf({})), "CONFIG_INVALID");
    expect(error.message).toContain("maxEpochs, maxSteps and maxSeconds");
  });

  it("at once where there is nothing to train on", async () => {
    await heedError(() => trainAll(runOf({ maxSteps: 1 }, { data: { train: toyBatches(model, 0) } })), "DATA_INVALID");
  });

  it("with an error where the score that chooses the best is unknown", async () => {
    const data = { train: toyBatches(model, 5), validation };
    const run = runOf({ maxEpochs: 1, bestBy: "blue" }, { data, validate: async () => ({ bleu: 1 }) });
    const error = await heedError(() => trainAll(run), "CONFIG_INVALID");
    expect(error.message).toBe('train.bestBy: expected one of loss, bleu, found "blue".');
    expect(error.path).toBe("train.bestBy");
  });

  it("with the error of what it calls", async () => {
    const failure = new Error("no tokens today");
    const epoch = async () => ({ length: 2, batch: () => Promise.reject(failure) });
    const data = { train: { fingerprint: "none", order: "none", epoch } };
    await expect(trainAll(runOf({ maxSteps: 2 }, { data }))).rejects.toBe(failure);
  });
});

describe("the best checkpoint", () => {
  it("is not the first one for good where no translation has any BLEU yet: of equal scores the lower loss decides", async () => {
    const store = new MemoryStore();
    const data = { train: toyBatches(model, 5), validation };
    const settings = { maxSteps: 8, evaluateEvery: 2, patience: 1, bestBy: "bleu" };
    const events = await trainAll(runOf(settings, { data, store, validate: async () => ({ bleu: 0 }) }));
    const evaluations = events.filter((event) => event.type === "evaluation");
    const falling = evaluations.map(({ loss }, i) => i === 0 || loss < Math.min(...losses(evaluations.slice(0, i))));
    expect(evaluations.map(({ best, bestBy }) => [best, bestBy])).toEqual(falling.map((best) => [best, "bleu"]));
    expect(falling.slice(0, 3)).toEqual([true, true, true]);
    expect(store.best).toBe(`step ${evaluations[falling.lastIndexOf(true)]!.step}`);
  });

  it("is that of the lowest validation loss unless told", async () => {
    const store = new MemoryStore();
    const settings = { maxSteps: 12, evaluateEvery: 2, schedule: { type: "constant", peak: 0.3 } };
    const events = await trainAll(runOf(settings, { data: { train: toyBatches(model, 5), validation }, store }));
    const evaluations = events.filter((event) => event.type === "evaluation");
    const lowest = evaluations.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(store.best).toBe(`step ${lowest.step}`);
    expect(lowest.step).not.toBe(12);
    for (const { loss, perplexity } of evaluations) expect(perplexity).toBeCloseTo(Math.exp(loss), 6);
  });

  it("is the latest where there is nothing to validate on, also when the training is stopped", async () => {
    const stop = new AbortController();
    const store = new MemoryStore(({ type, step }) => {
      if (type === "step" && step === 8) stop.abort();
    });
    await trainAll(runOf({ maxSteps: 20, evaluateEvery: 3 }, { store, signal: stop.signal }));
    expect([store.latest, store.best]).toEqual(["step 8, stopped", "step 8, stopped"]);
  });

  it("may be the average of the last ones", async () => {
    const store = new MemoryStore();
    const data = { train: toyBatches(model, 5), validation };
    const settings = { maxSteps: 6, evaluateEvery: 2, averageLast: 2 };
    const bleu = [1, 5, 2, 7];
    const validate = async () => ({ bleu: bleu.shift()! });
    const events = await trainAll(runOf({ ...settings, bestBy: "bleu" }, { data, store, validate }));
    expect(types(events.slice(-3))).toEqual(["evaluation 6", "checkpoint 6", "end 6"]);
    expect(store.best).toBe("step 6, averaged");
    expect(store.latest).toBe("step 6");
    const averaged = store.models[0]!.model;
    const [a, b] = store.checkpoints.slice(-2).map(({ model }) => model.parameters);
    for (const [path, { data }] of averaged.parameters) {
      expect(data).toEqual(data.map((_, i) => (a!.get(path)!.data[i]! + b!.get(path)!.data[i]!) / 2));
    }
  });
});

describe("a seed", () => {
  const trainWith = (seed: number) => {
    const dropped = toyModel({ dropout: 0.2, attentionDropout: 0.1, activationDropout: 0.1 });
    return trainAll({ ...runOf({ maxSteps: 4, accumulate: 2, seed }), model: dropped });
  };

  it("makes a training repeat to the bit", async () => {
    expect(numbersOf(await trainWith(1))).toEqual(numbersOf(await trainWith(1)));
  });

  it("makes others differ", async () => {
    const [first, other] = [numbersOf(await trainWith(1)), numbersOf(await trainWith(2))];
    first.forEach((step, i) => {
      expect(step).not.toEqual(other[i]);
    });
  });
});
