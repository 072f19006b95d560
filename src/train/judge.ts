import { HeedError } from "../error.ts";
import type { Standing } from "./checkpoint.ts";
import type { EvaluationEvent } from "./events.ts";

/** Scores up to which what was measured is chance: a few words that stand in most sentences. */
const CHANCE: Readonly<Record<string, number>> = { bleu: 1 };

/**
 * Where the best evaluation stands after one more.
 *
 * @param by "loss", of which less is better, or the name of a score, of which more is better, and, where two are equal or
 *   no more than chance, less loss: at first no translation has any BLEU.
 * @throws HeedError "CONFIG_INVALID" where there is no such score
 */
export function judge(
  before: Standing | null,
  by: string,
  { loss, scores }: Pick<EvaluationEvent, "loss" | "scores">,
): Standing {
  if (by !== "loss" && scores[by] === undefined) {
    const known = ["loss", ...Object.keys(scores)].join(", ");
    throw new HeedError("CONFIG_INVALID", `train.bestBy: expected one of ${known}, found "${by}".`, {
      path: "train.bestBy",
    });
  }
  if (before === null || isBetter({ loss, scores }, before, by)) return { by, loss, scores, since: 0 };
  return { ...before, by, since: before.since + 1 };
}

/** The best so far in a run that goes on: where it is judged by something else from now on, patience begins anew. */
export function judgedBy(by: string, best: Standing | null): Standing | null {
  return best === null || best.by === by ? best : { ...best, by, since: 0 };
}

type Measured = Pick<Standing, "loss" | "scores">;

function isBetter(now: Measured, before: Measured, by: string): boolean {
  if (by === "loss") return now.loss < before.loss;
  const least = before.scores[by];
  if (least === undefined) return true;
  const [score, best] = [beyondChance(now.scores[by]!, by), beyondChance(least, by)];
  return score === best ? now.loss < before.loss : score > best;
}

function beyondChance(score: number, by: string): number {
  return Math.max(score, CHANCE[by] ?? Number.NEGATIVE_INFINITY);
}
