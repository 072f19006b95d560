import { describe, expect, it } from "vitest";
import { fewStepsWarning } from "../../src/train/few-steps.ts";
import { settle, trainSchema } from "../../src/train/index.ts";
import { settledOf } from "../../src/train/settle.ts";

const open = (settings: object = {}) => trainSchema.parse(settings);
/** What is settled for so many source and target tokens. */
const settled = (tokens: number, settings: object = {}) => settledOf(settle(open(settings), { tokens, score: "bleu" }));
/** Short sentences have some 18 tokens on both sides. */
const PAIR = 18;

describe("what settings leave open", () => {
  it.each([
    [300, { maxTokens: 512, maxEpochs: 273, warmupSteps: 400 }],
    [3000, { maxTokens: 1024, maxEpochs: 57, warmupSteps: 400 }],
    [30_000, { maxTokens: 4096, maxEpochs: 23, warmupSteps: 400 }],
    [1_000_000, { maxTokens: 4096, maxEpochs: 10, warmupSteps: 400 }],
  ])("suits %d pairs: some 3,000 updates, and no fewer than ten epochs", (pairs, expected) => {
    expect(settled(pairs * PAIR)).toEqual({ ...expected, bestBy: "bleu" });
  });

  it("gives any amount of data the updates that it needs, within a warm-up that leaves most of them", () => {
    for (const tokens of [1, 20, 600, 5400, 54_000, 540_000, 5.4e6, 5.4e8]) {
      for (const accumulate of [1, 4]) {
        const all = settle(open({ accumulate }), { tokens });
        const steps = Math.ceil(tokens / all.maxTokens / accumulate) * all.maxEpochs!;
        expect(steps).toBeGreaterThanOrEqual(3000);
        expect(fewStepsWarning(all, steps)).toBeUndefined();
        expect(settledOf(all).warmupSteps).toBeLessThanOrEqual(steps / 5);
        expect(all.maxTokens).toBeGreaterThanOrEqual(512);
        expect(all.maxTokens).toBeLessThanOrEqual(4096);
      }
    }
  });

  it("is not what they say", () => {
    const schedule = { type: "cosine", peak: 0.004, warmupSteps: 7 };
    const said = { maxTokens: 100, maxEpochs: 3, schedule, bestBy: "loss" };
    expect(settled(54_000, said)).toEqual({ maxTokens: 100, maxEpochs: 3, warmupSteps: 7, bestBy: "loss" });
    expect(settle(open({ ...said, seed: 5 }), { tokens: 9 })).toEqual(open({ ...said, seed: 5 }));
  });

  it("has a warm-up by the steps that the training has", () => {
    expect(settled(54_000, { maxEpochs: 2 })).toMatchObject({ maxTokens: 1024, maxEpochs: 2, warmupSteps: 21 });
    expect(settled(54_000, { maxSteps: 100 })).toMatchObject({ maxEpochs: null, warmupSteps: 20 });
    expect(settled(54_000, { maxSteps: 3 })).toMatchObject({ warmupSteps: 1 });
    expect(settled(54_000, { maxSteps: 100, maxEpochs: 1 })).toMatchObject({ maxEpochs: 1, warmupSteps: 10 });
    expect(settled(54_000, { maxSeconds: 60 })).toMatchObject({ maxEpochs: null, warmupSteps: 100 });
    for (const type of ["cosine", "linear", "inverseSquareRoot"]) {
      expect(settled(54_000, { maxSteps: 100, schedule: { type, peak: 1 } }).warmupSteps).toBe(20);
    }
    expect(settled(54_000, { schedule: { type: "constant", peak: 1 } }).warmupSteps).toBeNull();
    expect(settled(54_000, { maxSteps: 100, schedule: { type: "paper" } }).warmupSteps).toBe(4000);
  });

  it("judges by the score that is measured, else by the loss", () => {
    const bestBy = (settings: object, score?: string) => settle(open(settings), { tokens: 9, score }).bestBy;
    expect(bestBy({}, "bleu")).toBe("bleu");
    expect(bestBy({})).toBe("loss");
    expect(bestBy({ bestBy: "loss" }, "bleu")).toBe("loss");
  });

  it("stays as it was in a run that goes on", () => {
    const before = { maxTokens: 700, maxEpochs: 8, warmupSteps: 33, bestBy: "loss" };
    const resumed = (settings: object, score = "bleu") =>
      settledOf(settle(open(settings), { tokens: 9, score }, before));
    expect(resumed({})).toEqual(before);
    expect(resumed({ maxEpochs: 90 })).toEqual({ ...before, maxEpochs: 90 });
    expect(resumed({ maxSteps: 90 })).toEqual({ ...before, maxEpochs: null });
    const said = { maxTokens: 9, maxEpochs: 7, bestBy: "bleu", schedule: { type: "linear", peak: 1, warmupSteps: 5 } };
    expect(resumed(said)).toEqual({ maxTokens: 9, maxEpochs: 7, warmupSteps: 5, bestBy: "bleu" });
    // A score that is no longer measured decides no more.
    const byBleu = { ...before, bestBy: "bleu" };
    expect(settle(open(), { tokens: 9 }, byBleu).bestBy).toBe("loss");
  });
});
