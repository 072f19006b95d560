import { HeedError } from "../error.ts";
import type { Progress } from "./checkpoint.ts";

/**
 * Where the best score stands after one more evaluation.
 *
 * @param bestBy "loss", of which less is better, or the name of a score, of which more is better.
 * @throws HeedError "CONFIG_INVALID" where there is no such score
 */
export function judge(
  before: Progress["best"],
  bestBy: string,
  loss: number,
  scores: Readonly<Record<string, number>>,
): NonNullable<Progress["best"]> {
  const score = bestBy === "loss" ? -loss : scores[bestBy];
  if (score === undefined) {
    const known = ["loss", ...Object.keys(scores)].join(", ");
    throw new HeedError("CONFIG_INVALID", `train.bestBy: expected one of ${known}, found "${bestBy}".`, {
      path: "train.bestBy",
    });
  }
  if (before === null || score > before.score) return { score, since: 0 };
  return { score: before.score, since: before.since + 1 };
}
