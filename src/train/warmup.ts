import type { TrainSettings } from "./settings.ts";

/** Batches are not made smaller than this, in tokens. */
const SMALL_BATCH = 1024;
/** Nor more than so many times. */
const SMALLER = 4;
/** A training should last so many times as long as its rate rises: more than SMALLER, for batches may not be full. */
const LONG = 5;

/** What to tell of a training that ends before its learning rate has risen; undefined where it does not. */
export function warmupWarning(settings: TrainSettings, totalSteps: number): string | undefined {
  const { schedule } = settings;
  const warmup = "warmupSteps" in schedule ? schedule.warmupSteps : 0;
  if (totalSteps > warmup) return undefined;
  const problem = `The learning rate rises for ${warmup} steps, but the training has ${totalSteps}: it will learn little.`;
  return `${problem} ${advice(settings, totalSteps, warmup)}`;
}

function advice(settings: TrainSettings, totalSteps: number, warmup: number): string {
  const { maxEpochs, maxTokens, maxSteps, accumulate } = settings;
  if (maxEpochs === null || totalSteps === maxSteps)
    return "Raise train.maxSteps, or lower train.schedule.warmupSteps.";
  const tokens = Math.min(maxTokens, Math.max(SMALL_BATCH, Math.ceil(maxTokens / SMALLER)));
  const perEpoch = (totalSteps / maxEpochs) * (maxTokens / tokens);
  const changes = [
    ...(tokens < maxTokens ? [`train.maxTokens: ${tokens}`] : []),
    ...(accumulate > 1 ? ["train.accumulate: 1"] : []),
    `train.maxEpochs: ${Math.ceil((LONG * warmup) / perEpoch)}`,
  ];
  return `Little data needs small batches and many epochs, say ${changes.join(", ")}.`;
}
