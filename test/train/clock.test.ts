import { expect, it } from "vitest";
import { Clock } from "../../src/train/clock.ts";

it("a clock that is too coarse to see a step gives no speed, and no number that is none", () => {
  const clock = new Clock(0);
  expect([clock.tokensPerSecond, clock.secondsPerStep]).toEqual([null, null]);
  clock.count(0, 500);
  expect([clock.tokensPerSecond, clock.secondsPerStep]).toEqual([null, null]);
  clock.count(100, 500);
  expect([clock.tokensPerSecond, clock.secondsPerStep, clock.seconds]).toEqual([10_000, 0.05, 0.1]);
});
