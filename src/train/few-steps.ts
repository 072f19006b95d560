import { inRecipe } from "./advice.ts";
import type { TrainSettings } from "./settings.ts";
import { SMALLEST_BATCH, UPDATES, warmupOf } from "./settle.ts";

/** Fewer steps than this are few, for a Transformer that is to learn a language. */
const FEW = 500;
/** A training should last so many times as long as its rate rises: more than SMALLER. */
const LONG = 5;
/** Batches are advised to be so many times smaller at most: where they are not full, that makes no more steps. */
const SMALLER = 4;

/** What to tell of a training that ends before it can have learned; undefined where it has the steps. */
export function fewStepsWarning(settings: TrainSettings, totalSteps: number | null): string | undefined {
  const warmup = warmupOf(settings.schedule) ?? 0;
  if (totalSteps === null || totalSteps > Math.max(warmup, FEW - 1)) return undefined;
  const problem =
    totalSteps > warmup
      ? `The training has ${totalSteps} steps, which are few`
      : `The learning rate rises for ${warmup} steps, but the training has ${totalSteps}`;
  return `${problem}: it will learn little. ${advice(settings, totalSteps, Math.max(UPDATES, LONG * warmup))}`;
}

function advice(settings: TrainSettings, totalSteps: number, steps: number): string {
  const { maxEpochs, maxTokens, maxSteps, accumulate } = settings;
  if (maxEpochs === null || totalSteps === maxSteps) return `Give it more: ${inRecipe("train", { maxSteps: steps })}`;
  const tokens = Math.min(maxTokens, Math.max(SMALLEST_BATCH, Math.ceil(maxTokens / SMALLER)));
  const perEpoch = (totalSteps / maxEpochs) * (maxTokens / tokens);
  const changes = {
    ...(tokens < maxTokens && { maxTokens: tokens }),
    ...(accumulate > 1 && { accumulate: 1 }),
    maxEpochs: Math.ceil(steps / perEpoch),
  };
  return `Little data needs small batches and many epochs, say ${inRecipe("train", changes)}`;
}
