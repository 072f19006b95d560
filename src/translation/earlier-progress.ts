import type { Progress, Standing } from "../train/checkpoint.ts";
import { type Settled, warmupOf } from "../train/settle.ts";
import type { Recipe } from "./recipe.ts";
import type { StoredProgress } from "./run-checkpoints.ts";
import { metricsUntil, type RecordedEvent } from "./run-metrics.ts";

/**
 * Where a run stood that an earlier version may have begun. What that did not keep in its checkpoints lies in the recipe,
 * of which it had filled in every default, and in the events.
 *
 * @param saved The recipe in the run's folder, where it is one.
 */
export async function presentProgress(
  stored: StoredProgress,
  saved: Recipe | undefined,
  events: () => Promise<readonly RecordedEvent[]>,
): Promise<Progress> {
  const { best, settled = saved && settledIn(saved) } = stored;
  const isPresent = best === null || "by" in best;
  const standing = isPresent ? best : standingIn(metricsUntil(stored, await events()), best.since, saved);
  return { ...stored, best: standing, settled };
}

/** The evaluation that was the best; null where nothing tells of it: then the next one is. */
function standingIn(events: readonly RecordedEvent[], since: number, saved: Recipe | undefined): Standing | null {
  const best = events.findLast((event) => event.type === "evaluation" && event.best);
  if (best?.type !== "evaluation") return null;
  return { by: saved?.train.bestBy ?? "loss", loss: best.loss, scores: best.scores, since };
}

function settledIn({ train: { maxTokens, maxEpochs, schedule, bestBy } }: Recipe): Settled | undefined {
  if (maxTokens === null || bestBy === null) return undefined;
  return { maxTokens, maxEpochs, warmupSteps: warmupOf(schedule), bestBy };
}
