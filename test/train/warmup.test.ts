import { describe, expect, it } from "vitest";
import { trainSchema } from "../../src/train/settings.ts";
import { warmupWarning } from "../../src/train/warmup.ts";

describe("a training that ends before its learning rate has risen", () => {
  const warned = (settings: object, totalSteps: number) => warmupWarning(trainSchema.parse(settings), totalSteps);

  it("is told of, with numbers that suit the data", () => {
    expect(warned({ maxEpochs: 20 }, 20)).toBe(
      "The learning rate rises for 400 steps, but the training has 20: it will learn little. " +
        "Little data needs small batches and many epochs, say train.maxTokens: 1024, train.maxEpochs: 500.",
    );
    expect(warned({ maxEpochs: 20, maxTokens: 256 }, 300)).toMatch(/many epochs, say train.maxEpochs: 134\.$/);
    expect(warned({ maxSteps: 100 }, 100)).toMatch(/Raise train.maxSteps, or lower train.schedule.warmupSteps\.$/);
    expect(warned({ maxSteps: 100, maxEpochs: 50 }, 100)).toMatch(/Raise train.maxSteps/);
  });

  it.each([
    ["one full batch", 4096, 1],
    ["a batch that is nearly empty", 100, 1],
    ["batches that are summed", 4096 * 5, 8],
    ["a few batches", 20_000, 1],
  ])("of %s learns with what is advised", (_, tokensOfEpoch, accumulate) => {
    const steps = (maxTokens: number, summed: number, epochs: number) =>
      Math.ceil(Math.ceil(tokensOfEpoch / maxTokens) / summed) * epochs;
    for (const maxTokens of [512, 4096, 65_536]) {
      const total = steps(maxTokens, accumulate, 7);
      const text = warned({ maxEpochs: 7, maxTokens, accumulate }, total)!;
      const advised = (key: string) => Number(new RegExp(`train\\.${key}: (\\d+)`).exec(text)?.[1] ?? Number.NaN);
      const better = { maxEpochs: advised("maxEpochs"), maxTokens: advised("maxTokens") || maxTokens, accumulate: 1 };
      expect(warned(better, steps(better.maxTokens, 1, better.maxEpochs))).toBeUndefined();
    }
  });

  it("is not warned of where there is none", () => {
    expect(warned({ maxEpochs: 20 }, 401)).toBeUndefined();
    expect(warned({ maxSeconds: 60 }, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(warned({ maxSteps: 3, schedule: { type: "constant", peak: 0.1 } }, 3)).toBeUndefined();
  });
});
