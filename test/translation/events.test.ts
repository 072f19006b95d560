import { describe, expect, expectTypeOf, it } from "vitest";
import type { EvaluationEvent, StartEvent, StepEvent, TrainEvent, TrainRun } from "../../src/train/index.ts";
import { train } from "../../src/train/index.ts";
import type { TranslatorEvent } from "../../src/translation/events.ts";
import { appendMetric, readMetrics } from "../../src/translation/run-metrics.ts";
import { settled } from "../train/toy.ts";
import { temporaryFolder } from "./small.ts";

type Evaluation<E> = Extract<E, { type: "evaluation" }>;

// The compiler is what fails here.
describe("the types of events", () => {
  it("name the scores that there are: the loss stands beside them, not among them", () => {
    expectTypeOf<Evaluation<TranslatorEvent>["scores"]>().toEqualTypeOf<{ readonly bleu?: number }>();
    expectTypeOf<Evaluation<TranslatorEvent>["scores"]>().not.toHaveProperty("loss");
    expectTypeOf<Evaluation<TrainEvent>["scores"]["loss"]>().toEqualTypeOf<number | undefined>();
    const run = { validate: async () => ({ accuracy: 1 }) } as unknown as TrainRun<{ readonly accuracy: number }>;
    expectTypeOf(() => train(run)).returns.toEqualTypeOf<AsyncGenerator<TrainEvent<{ readonly accuracy: number }>>>();
  });

  it("are null where something is not known", () => {
    expectTypeOf<StartEvent["totalSteps"]>().toEqualTypeOf<number | null>();
    expectTypeOf<StepEvent["totalSteps"]>().toEqualTypeOf<number | null>();
    expectTypeOf<StepEvent["secondsLeft"]>().toEqualTypeOf<number | null>();
    expectTypeOf<StepEvent["tokensPerSecond"]>().toEqualTypeOf<number | null>();
  });
});

describe("events that a run keeps", () => {
  it("are read back as they were written, also where a number is not known or beyond all numbers", async () => {
    const folder = temporaryFolder();
    const settings = settled({ maxSeconds: 5 });
    const start: StartEvent = { type: "start", step: 0, totalSteps: null, settings, parameters: 1, device: "cpu" };
    const speed = { tokens: 9, tokensPerSecond: null, seconds: 0, secondsLeft: null };
    const numbers = { epoch: 1, loss: 800, learningRate: 1, gradientNorm: 1, ...speed };
    const step: StepEvent = { type: "step", step: 1, totalSteps: null, ...numbers };
    const quality = { loss: 800, perplexity: Math.exp(800), accuracy: 0, scores: { bleu: 0 } };
    const evaluation: EvaluationEvent = {
      type: "evaluation",
      step: 1,
      epoch: 1,
      ...quality,
      best: true,
      bestBy: "bleu",
    };
    expect(evaluation.perplexity).toBe(Number.POSITIVE_INFINITY);
    for (const event of [start, step, evaluation]) appendMetric(folder, event);
    // JSON has no Infinity.
    expect(await readMetrics(folder)).toEqual([start, step, { ...evaluation, perplexity: null }]);
  });
});
