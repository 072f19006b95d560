import { stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { HeedError } from "../../error.ts";
import { exists } from "../../file-system.ts";
import type { EndEvent } from "../../train/events.ts";
import { nearest } from "../../translation/nearest.ts";
import { parseRecipe } from "../../translation/parse-recipe.ts";
import type { Recipe } from "../../translation/recipe.ts";
import { readRecipe } from "../config-file.ts";
import { formatCount, formatDuration } from "../format.ts";
import { type Io, printJson, printLine, say } from "../io.ts";
import { type DeviceFlags, runtimeOptions } from "../options.ts";
import { presets } from "../presets/index.ts";
import { type RunSummary, summarizeRun } from "../run-summary.ts";
import { shellWord } from "../shell.ts";
import { measured, scoreName } from "../show/best.ts";
import { runTraining } from "../training.ts";

export interface TrainFlags extends DeviceFlags {
  readonly out?: string;
  readonly resume?: boolean;
  readonly to?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** What to train, where. A run that goes on needs no recipe: it has its own. */
interface Plan {
  readonly folder: string;
  readonly recipe?: Recipe;
}

export async function train(named: string | undefined, flags: TrainFlags, io: Io): Promise<void> {
  const { folder, recipe } = flags.resume ? await planResume(named, flags) : await planStart(named, flags);
  const resumeCommand = `npx heed train ${shellWord(folder)} --resume`;
  const training = { folder, recipe, resume: flags.resume, resumeCommand, ...runtimeOptions(flags) };
  const end = await runTraining(training, io).catch((error: unknown) => {
    if (!(error instanceof HeedError) || error.code !== "RUN_EXISTS") throw error;
    const message = `${folder} already holds a run, which is left as it is.\nGo on with it: ${resumeCommand}\nOr choose another folder with --out.`;
    throw new HeedError("RUN_EXISTS", message, { path: folder, cause: error });
  });
  const summary = await summarizeRun(folder);
  if (flags.json) return printJson(io, resultJson(folder, end, summary));
  await printLine(io, resultText(folder, end, summary));
  say(io, `Translate with it: npx heed translate --model ${shellWord(folder)} "…"`);
}

async function planResume(named: string | undefined, flags: TrainFlags): Promise<Plan> {
  if (named === undefined && flags.out === undefined) {
    throw new HeedError("USAGE", "Name the run's folder: npx heed train runs/NAME --resume");
  }
  if (named === undefined || (await isFolder(named))) return { folder: flags.out ?? named! };
  const folder = flags.out ?? defaultFolder(named, flags);
  if (await exists(named)) return { folder, recipe: await recipeOf(named, flags) };
  return { folder: flags.out !== undefined || (await isFolder(folder)) ? folder : named };
}

async function planStart(named: string | undefined, flags: TrainFlags): Promise<Plan> {
  if (named === undefined) {
    const message = `Name a recipe: a file, or one of ${Object.keys(presets).join(", ")}.\nMore about it: npx heed help train`;
    throw new HeedError("USAGE", message);
  }
  if (await isFolder(named)) {
    const message = `${named} is a folder. Name a recipe, or go on with a run: npx heed train ${shellWord(named)} --resume`;
    throw new HeedError("USAGE", message);
  }
  return { folder: flags.out ?? defaultFolder(named, flags), recipe: await recipeOf(named, flags) };
}

/** The recipe of that name or file, with what the flags say. */
async function recipeOf(named: string, flags: TrainFlags): Promise<Recipe> {
  const recipe = await namedRecipe(named);
  const data = { ...recipe.data, ...targetFlag(named, flags), ...dataDirFlag(recipe, flags) };
  return parseRecipe({ ...recipe, data });
}

async function namedRecipe(named: string): Promise<Recipe> {
  const preset = Object.hasOwn(presets, named) ? presets[named] : undefined;
  if (preset !== undefined) return parseRecipe(preset.recipe);
  return readRecipe(named).catch((error: unknown) => {
    if (!(error instanceof HeedError) || error.code !== "FILE_NOT_FOUND" || extname(named) !== "") throw error;
    const meant = nearest(named, Object.keys(presets));
    const hint =
      meant === undefined
        ? `Recipes that come with Heed: ${Object.keys(presets).join(", ")}.`
        : `Did you mean ${meant}?`;
    throw new HeedError("FILE_NOT_FOUND", `There is no recipe ${named}, neither a file nor one of Heed's. ${hint}`, {
      path: named,
      cause: error,
    });
  });
}

function targetFlag(named: string, { to }: TrainFlags): { to?: string } {
  if (to === undefined) return {};
  if (named === "compiler-messages") return { to };
  throw new HeedError(
    "USAGE",
    `--to goes with compiler-messages, not with ${named}, which says itself what to translate into.`,
  );
}

function dataDirFlag({ data }: Recipe, { dataDir }: TrainFlags): { dataDir?: string } {
  if (dataDir === undefined) return {};
  if ("corpus" in data && data.corpus === "multi30k") return { dataDir: resolve(dataDir) };
  throw new HeedError("USAGE", "--data-dir goes with the corpus multi30k; other recipes name their files themselves.");
}

function defaultFolder(named: string, { to }: TrainFlags): string {
  const name = basename(named, extname(named));
  return join("runs", to === undefined ? name : `${name}-${to}`);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function resultJson(folder: string, { reason, step, seconds }: EndEvent, summary: RunSummary | undefined) {
  const { step: bestStep, bestBy: by, loss, perplexity, accuracy, scores } = summary?.best ?? {};
  const best = bestStep === undefined ? null : { step: bestStep, by, loss, perplexity, accuracy, ...scores };
  return { folder, reason, step, seconds, best };
}

function resultText(folder: string, { step, seconds }: EndEvent, summary: RunSummary | undefined): string {
  const trained = `${folder}: ${formatCount(step)} steps in ${formatDuration(seconds)}`;
  if (summary?.best === undefined) return trained;
  const { bestBy, step: at } = summary.best;
  const by = bestBy === undefined ? "" : ` ${scoreName(bestBy)}`;
  return `${trained}\nBest by validation${by}: step ${formatCount(at)}, ${measured(summary.best)}`;
}
