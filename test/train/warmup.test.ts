import { describe, expect, it } from "vitest";
import { trainSchema } from "../../src/train/settings.ts";
import { warmupWarning } from "../../src/train/warmup.ts";

describe("a training that ends before its learning rate has risen", () => {
  const warned = (settings: object, totalSteps: number) => warmupWarning(trainSchema.parse(settings), totalSteps);

  it("is told of, with numbers that suit the data", () => {
    expect(warned({ maxEpochs: 20 }, 20)).toBe(
      "The learning rate rises for 400 steps, but the training has 20: it will learn little. " +
        "Little data needs smaller batches and more epochs, say train.maxTokens: 512 and train.maxEpochs: 200.",
    );
    expect(warned({ maxEpochs: 20, maxTokens: 256 }, 300)).toMatch(/needs more epochs, say train.maxEpochs: 107\.$/);
    expect(warned({ maxSteps: 100 }, 100)).toMatch(/Raise train.maxSteps, or lower train.schedule.warmupSteps\.$/);
    expect(warned({ maxSteps: 100, maxEpochs: 50 }, 100)).toMatch(/Raise train.maxSteps/);
  });

  it("is not warned of where there is none", () => {
    expect(warned({ maxEpochs: 20 }, 401)).toBeUndefined();
    expect(warned({ maxSeconds: 60 }, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(warned({ maxSteps: 3, schedule: { type: "constant", peak: 0.1 } }, 3)).toBeUndefined();
  });
});
