import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import type { BatchSource } from "../../src/train/batches.ts";
import type { Checkpoint } from "../../src/train/checkpoint.ts";
import { type TrainEvent, type TrainRun, train } from "../../src/train/index.ts";
import { heedError } from "../hub/errors.ts";
import { MemoryStore, numbersOf, reusing, toyBatches, toyModel, toySettings, trainAll } from "./toy.ts";

const runtime = reusing(await nativeRuntime({ threads: 1 }));
afterAll(() => runtime.dispose());

/** Dropout on, gradients accumulated, and a last step of each epoch that is smaller: 2 + 2 + 1 batches. */
const model = toyModel({ dropout: 0.2, attentionDropout: 0.1, activationDropout: 0.1 });
const data = { train: toyBatches(model, 5), validation: toyBatches(model, 1) };
const schedule = { type: "cosine", peak: 0.01, warmupSteps: 2 };
const runOf = (settings: object, more: Partial<TrainRun> = {}): TrainRun => ({
  model,
  runtime,
  settings: toySettings({ maxEpochs: 3, accumulate: 2, schedule, ...settings }),
  data,
  validate: async (model) => ({ first: model.parameters.get("embedding.source")!.data[0]! }),
  ...more,
});

/** A run that is stopped as soon as an event is logged. */
async function stoppedAt(run: TrainRun, when: (event: TrainEvent) => boolean) {
  const stop = new AbortController();
  const store = new MemoryStore((event) => {
    if (when(event)) stop.abort();
  });
  const events = await trainAll({ ...run, store, signal: stop.signal });
  return { events, store, checkpoint: store.checkpoints.at(-1) };
}

async function resumed(run: TrainRun, resume: Checkpoint | undefined) {
  const store = new MemoryStore();
  const events = await trainAll({ ...run, store, ...(resume && { resume }) });
  return { events, store, checkpoint: store.checkpoints.at(-1)! };
}

/** Parameters, moments and progress, time left aside. */
const stateOf = ({ model: { parameters }, optimizer, progress: { seconds, ...progress } }: Checkpoint) => ({
  parameters,
  optimizer,
  progress,
});

const reasonOf = (events: readonly TrainEvent[]) => {
  const end = events.at(-1)!;
  return end.type === "end" ? end.reason : undefined;
};

describe("a training that was stopped goes on as if it had not been", () => {
  let whole: Awaited<ReturnType<typeof resumed>>;
  beforeAll(async () => {
    whole = await resumed(runOf({}), undefined);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("stopped after step %i of 9", async (step) => {
    const first = await stoppedAt(runOf({}), (event) => event.type === "step" && event.step === step);
    expect(reasonOf(first.events)).toBe("stopped");
    expect(first.checkpoint!.progress.step).toBe(step);
    const second = await resumed(runOf({}), first.checkpoint);
    expect(second.events[0]).toMatchObject({ type: "start", step });
    expect(numbersOf([...first.events, ...second.events])).toEqual(numbersOf(whole.events));
    expect(stateOf(second.checkpoint)).toEqual(stateOf(whole.checkpoint));
    expect(reasonOf(second.events)).toBe("finished");
  });

  it.each([
    { name: "each epoch", settings: {} },
    { name: "each second step", settings: { evaluateEvery: 2 } },
    { name: "each second step, saved each fifth", settings: { evaluateEvery: 2, saveEvery: 5 } },
  ])("stopped during the evaluation of $name", async ({ settings }) => {
    const reference = await resumed(runOf(settings), undefined);
    const evaluations = reference.events.filter(({ type }) => type === "evaluation").map(({ step }) => step);
    for (const [i, step] of evaluations.entries()) {
      const stop = new AbortController();
      const store = new MemoryStore();
      const evaluate = runOf(settings).validate!;
      let count = 0;
      const validate: TrainRun["validate"] = async (model, signal) => {
        if (count++ < i) return evaluate(model, signal);
        stop.abort();
        throw new HeedError("ABORTED", "The operation was aborted.");
      };
      const events = await trainAll(runOf(settings, { store, validate, signal: stop.signal }));
      expect(reasonOf(events)).toBe("stopped");
      expect(events.filter(({ type }) => type === "evaluation").length).toBe(i);
      expect(store.checkpoints.at(-1)!.progress.step).toBe(step);
      const second = await resumed(runOf(settings), store.checkpoints.at(-1));
      expect(numbersOf([...events, ...second.events])).toEqual(numbersOf(reference.events));
      expect(stateOf(second.checkpoint)).toEqual(stateOf(reference.checkpoint));
      expect(second.store.best ?? store.best).toBe(reference.store.best);
    }
  });

  it("a stop during the evaluation that ends its patience changes nothing", async () => {
    const settings = { patience: 1, bestBy: "score" };
    const scores = [2, 1];
    const reference = await resumed(runOf(settings, { validate: async () => ({ score: scores.shift()! }) }), undefined);
    expect(reasonOf(reference.events)).toBe("noImprovement");
    const stop = new AbortController();
    const store = new MemoryStore();
    const answers = [2];
    const validate = async () => {
      const score = answers.shift();
      if (score !== undefined) return { score };
      stop.abort();
      throw new HeedError("ABORTED", "The operation was aborted.");
    };
    const events = await trainAll(runOf(settings, { validate, store, signal: stop.signal }));
    const second = await resumed(runOf(settings, { validate: async () => ({ score: 1 }) }), store.checkpoints.at(-1));
    expect(numbersOf([...events, ...second.events])).toEqual(numbersOf(reference.events));
    expect(reasonOf(second.events)).toBe("noImprovement");
  });

  it("which is over stays over when it is resumed", async () => {
    for (const settings of [{}, { saveEvery: 4, bestBy: "falling" }, { maxSteps: 9, maxEpochs: null }]) {
      let score = 0;
      const run = runOf(settings, { validate: async () => ({ falling: --score }) });
      const first = await resumed(run, undefined);
      const train: BatchSource = {
        ...data.train,
        epoch(epoch) {
          if (epoch > 2) throw new Error("There is no such epoch.");
          return data.train.epoch(epoch);
        },
      };
      const again = await resumed({ ...run, data: { ...data, train } }, first.store.checkpoints.at(-1));
      expect(numbersOf(again.events)).toEqual([]);
      expect(reasonOf(again.events)).toBe("finished");
    }
  });
});

describe("a training stops", () => {
  it("at the next step where its signal is aborted, and saves", async () => {
    const { events, checkpoint } = await stoppedAt(runOf({}), ({ type, step }) => type === "step" && step === 4);
    expect(events.slice(-2)).toMatchObject([
      { type: "checkpoint", step: 4, name: "step 4, stopped" },
      { type: "end", step: 4, reason: "stopped" },
    ]);
    expect(checkpoint!.progress).toMatchObject({ step: 4, epoch: 1, batch: 2 });
  });

  it("at once where its signal was aborted before, with nothing to save", async () => {
    const store = new MemoryStore();
    const events = await trainAll(runOf({}, { store, signal: AbortSignal.abort() }));
    expect(events.map(({ type }) => type)).toEqual(["start", "end"]);
    expect(store.checkpoints).toEqual([]);
  });

  it("within a validation, between two of its batches", async () => {
    const stop = new AbortController();
    let read = 0;
    const validation: BatchSource = {
      ...data.validation,
      epoch: async () => ({
        length: 1000,
        async batch() {
          if (++read === 2) stop.abort();
          return (await data.validation.epoch(0)).batch(0);
        },
      }),
    };
    const store = new MemoryStore();
    const events = await trainAll(runOf({}, { store, data: { ...data, validation }, signal: stop.signal }));
    expect(reasonOf(events)).toBe("stopped");
    expect(read).toBe(2);
    expect(store.checkpoints.map(({ progress }) => [progress.step, progress.evaluated])).toEqual([[3, 0]]);
  });

  it("and saves when the loop over its events is left", async () => {
    const store = new MemoryStore();
    for await (const event of train(runOf({ maxEpochs: 1000 }, { store }))) {
      if (event.type === "step" && event.step === 4) break;
    }
    const end = store.events.at(-1)!;
    expect(end).toMatchObject({ type: "end", reason: "stopped" });
    expect(store.checkpoints.at(-1)!.progress.step).toBe(end.step);
    expect(end.step).toBeLessThan(100);
  });

  it("with the error of what fails when the loop is left", async () => {
    const store = new MemoryStore();
    const failure = new HeedError("FILE_UNWRITABLE", "The disk is full.");
    store.save = () => Promise.reject(failure);
    const leave = async () => {
      for await (const event of train(runOf({ evaluateEvery: 1000 }, { store }))) if (event.type === "step") break;
    };
    await expect(leave()).rejects.toBe(failure);
  });
});

describe("a checkpoint", () => {
  it("without a moment is refused: the training would not go on as it was", async () => {
    const { checkpoint } = await stoppedAt(runOf({}), ({ type }) => type === "step");
    const optimizer = new Map(checkpoint!.optimizer);
    optimizer.delete("second.embedding.source");
    const error = await heedError(() => resumed(runOf({}), { ...checkpoint!, optimizer }), "CHECKPOINT_MISMATCH");
    expect(error.message).toContain('"second.embedding.source"');
  });
});
