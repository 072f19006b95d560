import { HeedError } from "../error.ts";
import type { Schedule } from "./schedule.ts";
import type { TrainSettings } from "./settings.ts";

/** A section of a recipe as YAML that can be pasted into one: `train: { maxTokens: 1024, maxEpochs: 36 }`. */
export function inRecipe(section: string, settings: object): string {
  return `${section}: ${flow(settings)}`;
}

function flow(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${flow(inner)}`)
    .join(", ")} }`;
}

/** An error; where a batch was too large for the memory, with how to make it smaller. */
export function ifTooLarge(error: unknown, { maxTokens, accumulate }: TrainSettings): unknown {
  if (!(error instanceof HeedError) || error.code !== "MEMORY_LIMIT") return error;
  const smaller = inRecipe("train", { maxTokens: Math.ceil(maxTokens / 2), accumulate: 2 * accumulate });
  const advice = `Batches of half as many tokens, of which twice as many are summed, make updates as large: ${smaller}`;
  return new HeedError("MEMORY_LIMIT", `${error.message}\n${advice}`, { path: "train.maxTokens", cause: error });
}

/** How a training that diverged may be kept from it. */
export function steadier({ schedule, clipNorm }: TrainSettings): string {
  const changes = inRecipe("train", { schedule: slower(schedule), clipNorm: (clipNorm ?? 2) / 2 });
  return `Lower the learning rate, lengthen the warm-up or clip gradients at a smaller norm, as in ${changes}`;
}

function slower(schedule: Schedule): Schedule {
  if (schedule.type === "constant") return { ...schedule, peak: schedule.peak / 2 };
  const warmupSteps = Math.max(400, 2 * schedule.warmupSteps);
  if (schedule.type === "paper") return { ...schedule, scale: schedule.scale / 2, warmupSteps };
  return { ...schedule, peak: schedule.peak / 2, warmupSteps };
}
