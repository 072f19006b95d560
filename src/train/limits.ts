import { HeedError } from "../error.ts";
import type { TrainSettings } from "./settings.ts";

/**
 * The steps of the whole training, by which schedules decay; null where only time limits it. The number of batches differs
 * a little by epoch.
 */
export function countSteps(settings: TrainSettings, inFirstEpoch: number): number | null {
  const { maxEpochs, maxSteps, maxSeconds, accumulate } = settings;
  if (maxEpochs === null && maxSteps === null && maxSeconds === null) {
    throw new HeedError("CONFIG_INVALID", "train: one of maxEpochs, maxSteps and maxSeconds must say when to end.");
  }
  const perEpoch = Math.ceil(inFirstEpoch / accumulate);
  return least(maxSteps, maxEpochs === null ? null : maxEpochs * perEpoch);
}

/** The smaller of two numbers, as far as they are known. */
export function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
