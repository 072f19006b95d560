import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { HeedError } from "../../src/error.ts";
import type { Scores } from "../../src/train/index.ts";
import { parseRecipe } from "../../src/translation/parse-recipe.ts";
import type { Recipe, RecipeInput } from "../../src/translation/recipe.ts";
import { RunFolder } from "../../src/translation/run-folder.ts";
import { readMetrics } from "../../src/translation/run-metrics.ts";
import { trainTranslator } from "../../src/translation/train-translator.ts";

interface Evaluation {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly scores: Scores;
}

/** How a training went, earlier sittings included. */
export interface Trained {
  readonly parameters: number;
  readonly step: number;
  readonly minutes: number;
  readonly reason: string;
  /** The average of the last checkpoints. */
  readonly checkpoint: string;
  readonly evaluations: readonly Evaluation[];
}

/** Trains, or goes on where an earlier call was stopped. */
export async function trained(recipe: RecipeInput, folder: string, log: (line: string) => void): Promise<Trained> {
  const resume = existsSync(join(folder, "recipe.json"));
  if (resume) await requireSameRecipe(recipe, folder);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  let parameters = 0;
  for await (const event of trainTranslator(resume ? undefined : recipe, { folder, resume, signal: stop.signal })) {
    if (event.type === "start") parameters = event.parameters;
    if (event.type === "evaluation") {
      const { step, epoch, loss, scores } = event;
      log(`step ${step}, epoch ${epoch}: validation loss ${loss.toFixed(3)} ${JSON.stringify(scores)}`);
    }
    if (event.type !== "end") continue;
    const { reason, step, seconds } = event;
    if (reason === "stopped") throw new HeedError("ABORTED", "Stopped and saved: the same command goes on.");
    const [evaluations, checkpoint] = await Promise.all([evaluationsOf(folder), averaged(folder)]);
    return { parameters, step, minutes: seconds / 60, reason, checkpoint, evaluations };
  }
  throw new HeedError("ABORTED", "The training ended without saying why.");
}

/** A run that another recipe began would be scored as if it were this one's. Where the data lie makes no difference. */
async function requireSameRecipe(recipe: RecipeInput, folder: string): Promise<void> {
  const saved = (await RunFolder.open(folder, parseRecipe)).recipe;
  const comparable = ({ data, ...others }: Recipe) => ({ ...others, data: { ...data, dataDir: undefined } });
  if (isDeepStrictEqual(comparable(saved), comparable(parseRecipe(recipe)))) return;
  const message = `${folder} holds a run of another recipe. Name another folder with --run, or remove it.`;
  throw new HeedError("CHECKPOINT_MISMATCH", message, { path: folder });
}

async function evaluationsOf(folder: string): Promise<Evaluation[]> {
  const events = await readMetrics(folder);
  const evaluations = events.filter((event) => event.type === "evaluation");
  // A second one of the same step is that of the average.
  return evaluations
    .filter(({ step }, i) => step !== evaluations[i - 1]?.step)
    .map(({ step, epoch, loss, scores }) => ({ step, epoch, loss, scores }));
}

async function averaged(folder: string): Promise<string> {
  const found = (await readdir(join(folder, "checkpoints"))).find((name) => name.endsWith("-averaged"));
  if (found !== undefined) return found;
  throw new HeedError("FILE_NOT_FOUND", `${folder} has no average of its last checkpoints.`);
}
