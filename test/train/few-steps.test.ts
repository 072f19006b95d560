import { describe, expect, it } from "vitest";
import { fewStepsWarning } from "../../src/train/few-steps.ts";
import type { TrainSettings } from "../../src/train/settings.ts";
import { advisedIn } from "../translation/advised.ts";
import { settled } from "./toy.ts";

const schedule = { type: "inverseSquareRoot", peak: 0.002, warmupSteps: 400 };

describe("a training that is too short to learn", () => {
  const warned = (settings: object, totalSteps: number | null) =>
    fewStepsWarning(settled({ maxTokens: 4096, schedule, ...settings }), totalSteps);

  it("is told of, with numbers that suit the data", () => {
    expect(warned({ maxEpochs: 20 }, 20)).toBe(
      "The learning rate rises for 400 steps, but the training has 20: it will learn little. " +
        "Little data needs small batches and many epochs, say train: { maxTokens: 1024, maxEpochs: 750 }",
    );
    expect(warned({ maxEpochs: 20, schedule: { ...schedule, warmupSteps: null } }, 60)).toBe(
      "The training has 60 steps, which are few: it will learn little. " +
        "Little data needs small batches and many epochs, say train: { maxTokens: 1024, maxEpochs: 250 }",
    );
    expect(warned({ maxEpochs: 20, maxTokens: 256 }, 300)).toMatch(/many epochs, say train: { maxEpochs: 200 }$/);
    expect(warned({ maxSteps: 100 }, 100)).toMatch(/Give it more: train: { maxSteps: 3000 }$/);
    expect(warned({ maxSteps: 100, maxEpochs: 50 }, 100)).toMatch(/train: { maxSteps: 3000 }$/);
  });

  it.each([
    ["one full batch", 4096, 1],
    ["a batch that is nearly empty", 100, 1],
    ["batches that are summed", 4096 * 5, 8],
    ["a few batches", 20_000, 1],
  ])("of %s learns with what is advised", (_, tokensOfEpoch, accumulate) => {
    const stepsOf = (train: TrainSettings) =>
      Math.ceil(Math.ceil(tokensOfEpoch / train.maxTokens) / train.accumulate) * train.maxEpochs!;
    for (const maxTokens of [512, 4096, 65_536]) {
      for (const warmupSteps of [1, 400, 4000]) {
        const settings = { maxEpochs: 7, maxTokens, accumulate, schedule: { ...schedule, warmupSteps } };
        const text = warned(settings, stepsOf(settled(settings)))!;
        const [advised] = advisedIn(text) as [{ train: object }];
        const better = settled({ ...settings, ...advised.train });
        expect(fewStepsWarning(better, stepsOf(better))).toBeUndefined();
      }
    }
  });

  it("is not warned of where there is none", () => {
    expect(warned({ maxEpochs: 20 }, 500)).toBeUndefined();
    expect(warned({ maxEpochs: 20, schedule: { ...schedule, warmupSteps: 500 } }, 500)).toBeDefined();
    expect(warned({ maxSeconds: 60 }, null)).toBeUndefined();
    expect(warned({ maxSteps: 500, schedule: { type: "constant", peak: 0.1 } }, 500)).toBeUndefined();
  });
});
