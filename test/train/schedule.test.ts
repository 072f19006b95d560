import { describe, expect, it } from "vitest";
import { learningRate, type Schedule, type ScheduleFacts, scheduleSchema } from "../../src/train/index.ts";

const facts = { width: 512, totalSteps: 100 };
const rates = (schedule: object, steps: readonly number[], known: ScheduleFacts = facts) => {
  const parsed = scheduleSchema.parse(schedule) as Schedule;
  return steps.map((step) => learningRate(parsed, step, known));
};

/** Rates by step; each expected to 6 digits. */
const cases: [name: string, schedule: object, expected: Record<number, number>][] = [
  [
    "paper: the base model's, of which the warm-up takes 4,000 steps",
    { type: "paper" },
    { 1: 1.746928e-7, 2000: 3.493856e-4, 4000: 6.987712e-4, 16000: 3.493856e-4, 100000: 1.397542e-4 },
  ],
  ["paper, scaled", { type: "paper", scale: 2, warmupSteps: 4000 }, { 4000: 1.397542e-3 }],
  [
    "inverseSquareRoot",
    { type: "inverseSquareRoot", peak: 0.002, warmupSteps: 400 },
    { 1: 5e-6, 200: 0.001, 400: 0.002, 1600: 0.001, 40000: 0.0002 },
  ],
  [
    "cosine",
    { type: "cosine", peak: 0.01, warmupSteps: 20, final: 0.002 },
    { 1: 0.0005, 20: 0.01, 40: 0.008828427, 60: 0.006, 80: 0.003171573, 100: 0.002, 150: 0.002 },
  ],
  ["cosine without a warm-up", { type: "cosine", peak: 1, warmupSteps: 0 }, { 1: 0.9997533, 50: 0.5, 100: 0 }],
  [
    "linear",
    { type: "linear", peak: 0.01, warmupSteps: 20, final: 0.002 },
    { 1: 0.0005, 10: 0.005, 20: 0.01, 40: 0.008, 60: 0.006, 100: 0.002, 150: 0.002 },
  ],
  ["linear without a warm-up", { type: "linear", peak: 1, warmupSteps: 0 }, { 1: 0.99, 25: 0.75, 100: 0 }],
  ["constant", { type: "constant", peak: 0.3 }, { 1: 0.3, 1000: 0.3 }],
];

describe("the learning rate", () => {
  it.each(cases)("%s", (_, schedule, expected) => {
    const found = rates(schedule, Object.keys(expected).map(Number));
    Object.values(expected).forEach((rate, i) => {
      expect(Math.abs(found[i]! - rate)).toBeLessThanOrEqual(1e-6 * rate + 1e-16);
    });
  });

  it("decays from a warm-up longer than the training no further than its end", () => {
    expect(rates({ type: "linear", peak: 1, warmupSteps: 200 }, [100, 200, 201])).toEqual([0.5, 1, 0]);
  });

  it.each(["linear", "cosine"])("stays at its peak while nobody knows the last step: %s", (type) => {
    const unknown = { ...facts, totalSteps: null };
    expect(rates({ type, peak: 1, warmupSteps: 4 }, [2, 4, 5, 1e6], unknown)).toEqual([0.5, 1, 1, 1]);
  });

  it("of the paper and of inverseSquareRoot are one curve", () => {
    const steps = [1, 5, 30, 31, 999];
    const paper = rates({ type: "paper", warmupSteps: 30 }, steps);
    const peak = rates({ type: "paper", warmupSteps: 30 }, [30])[0]!;
    rates({ type: "inverseSquareRoot", peak, warmupSteps: 30 }, steps).forEach((rate, i) => {
      expect(rate / paper[i]!).toBeCloseTo(1, 12);
    });
  });
});
