import type { TrainSettings } from "./settings.ts";

/** Tokens of a batch that suit a few hundred pairs. */
const SMALL_BATCH = 512;
/** A training should last so many times as long as its learning rate rises. */
const LONG = 4;

/** What to tell of a training that ends before its learning rate has risen; undefined where it does not. */
export function warmupWarning(settings: TrainSettings, totalSteps: number): string | undefined {
  const { schedule } = settings;
  const warmup = "warmupSteps" in schedule ? schedule.warmupSteps : 0;
  if (totalSteps > warmup) return undefined;
  const problem = `The learning rate rises for ${warmup} steps, but the training has ${totalSteps}: it will learn little.`;
  return `${problem} ${advice(settings, totalSteps, warmup)}`;
}

function advice({ maxEpochs, maxTokens, maxSteps }: TrainSettings, totalSteps: number, warmup: number): string {
  if (maxEpochs === null || totalSteps === maxSteps)
    return "Raise train.maxSteps, or lower train.schedule.warmupSteps.";
  const tokens = Math.min(maxTokens, SMALL_BATCH);
  const perEpoch = (totalSteps / maxEpochs) * (maxTokens / tokens);
  const epochs = Math.ceil((LONG * warmup) / perEpoch);
  const batches =
    tokens < maxTokens ? `smaller batches and more epochs, say train.maxTokens: ${tokens} and` : "more epochs, say";
  return `Little data needs ${batches} train.maxEpochs: ${epochs}.`;
}
