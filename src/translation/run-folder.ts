import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { HeedError } from "../error.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { type FileContent, type ModelFiles, readJson } from "../hub/files.ts";
import { removeFolder } from "../hub/folder.ts";
import { loadModel } from "../hub/model-folder.ts";
import {
  type Checkpoints,
  checkpointFolder,
  folderFiles,
  readCheckpoints,
  replaceFile,
  tidyFolder,
  writeCheckpoints,
  writeFolder,
} from "../hub/node.ts";
import { CHECKPOINTS } from "../hub/run-files.ts";
import { encodeSafetensors, parseSafetensors } from "../hub/safetensors.ts";
import type { Model } from "../models/model.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import type { Checkpoint, Progress, RunStore } from "../train/checkpoint.ts";
import { AVERAGED, STOPPED, stepName, stepOfName } from "./checkpoint-names.ts";
import { presentProgress } from "./earlier-progress.ts";
import type { Recipe } from "./recipe.ts";
import {
  checkpointNames,
  OPTIMIZER,
  PROGRESS,
  pointersOf,
  readProgress,
  scheduledCheckpoints,
} from "./run-checkpoints.ts";
import { appendMetric, METRICS, metricsUntil, readMetrics, writeMetrics } from "./run-metrics.ts";
import { translatorFiles } from "./translator-files.ts";

const RECIPE = "recipe.json";

export type RecipeParser = (value: unknown, path: string) => Recipe;

/**
 * The folder of a run: its recipe, its metrics, and checkpoints that are Hugging Face folders with what training needs
 * beside. A checkpoint appears whole or not at all, and the file that names the latest is replaced after it, so that a
 * kill at any moment leaves the last good one.
 */
export class RunFolder {
  readonly path: string;
  readonly recipe: Recipe;
  /** The recipe that lay in the folder when the run was opened, where it is one. */
  readonly saved: Recipe | undefined;

  private constructor(path: string, recipe: Recipe, saved?: Recipe) {
    this.path = path;
    this.recipe = recipe;
    this.saved = saved;
  }

  /**
   * Starts a run in a new folder, or in one where no checkpoint was saved yet.
   *
   * @param parseRecipe Checks a recipe that was saved with a run.
   * @throws HeedError RUN_EXISTS where there are checkpoints, FILE_NOT_FOUND where nothing names the latest of them,
   *   FILE_UNWRITABLE, also where a file would be lost that is not a run's
   */
  static async create(path: string, recipe: Recipe, parseRecipe: RecipeParser): Promise<RunFolder> {
    await refuseOthersFiles(path, parseRecipe);
    if ((await pointersOf(path)) !== undefined) {
      throw new HeedError(
        "RUN_EXISTS",
        `${path} already holds a run. Resume it, or choose another folder; nothing in it was changed.`,
        { path },
      );
    }
    const run = new RunFolder(path, recipe);
    await run.saveRecipe();
    await writeMetrics(path, []);
    return run;
  }

  /**
   * Opens a run to go on with it.
   *
   * @param parseRecipe Checks the recipe that was saved with the run.
   * @param other A recipe to go on with instead; `saveRecipe` makes it the run's.
   * @throws HeedError FILE_NOT_FOUND where there is no run
   */
  static async open(path: string, parseRecipe: RecipeParser, other?: Recipe | undefined): Promise<RunFolder> {
    const recipe = await readJson(folderFiles(path), RECIPE);
    if (recipe === undefined) {
      throw new HeedError("FILE_NOT_FOUND", `${path} holds no run: there is no ${RECIPE} in it.`, { path });
    }
    const saved = other === undefined ? parseRecipe(recipe, join(path, RECIPE)) : completed(recipe, parseRecipe);
    return new RunFolder(path, other ?? saved!, saved);
  }

  /** @throws HeedError FILE_UNWRITABLE */
  async saveRecipe(): Promise<void> {
    await replaceFile(join(this.path, RECIPE), `${JSON.stringify(this.recipe, null, 2)}\n`);
  }

  /**
   * The last checkpoint and its tokenizer; undefined where the run was ended before its first one.
   *
   * @throws HeedError FILE_NOT_FOUND where a file is missing, FORMAT_INVALID where one is broken
   */
  async latest(): Promise<{ checkpoint: Checkpoint; tokenizer: Tokenizer } | undefined> {
    const pointers = await pointersOf(this.path);
    if (pointers === undefined) return undefined;
    const folder = this.#checkpoint(pointers.latest);
    const files = folderFiles(folder);
    const { model, tokenizerJson, tokenizerConfig } = await loadModel(files);
    const progress = await readProgress(folder);
    const moments = await files.read(OPTIMIZER);
    if (progress === undefined || moments === undefined || tokenizerJson === undefined) {
      const missing = progress === undefined ? PROGRESS : moments === undefined ? OPTIMIZER : "tokenizer.json";
      throw new HeedError("FILE_NOT_FOUND", `${folder} cannot be resumed: there is no ${missing} in it.`, {
        path: folder,
      });
    }
    const { tensors } = parseSafetensors(moments, join(folder, OPTIMIZER));
    const optimizer = new Map(
      [...tensors].map(([name, stored]) => [name, stored.readFloat32(join(folder, OPTIMIZER))]),
    );
    const tokenizer = await Tokenizer.open(tokenizerJson, tokenizerConfig, folder);
    const stood = await presentProgress(progress, this.saved, () => readMetrics(this.path));
    return { checkpoint: { model, optimizer, progress: stood, name: pointers.latest }, tokenizer };
  }

  /**
   * Drops what a killed training left of the time after the checkpoint from which the run goes on, or, where there is
   * none, of all its time: metrics, and checkpoints that it saved but never named as the latest. Of a run's first
   * checkpoint, which is not dropped, it says what the kill left unsaid.
   *
   * @throws HeedError FILE_UNREADABLE, FILE_UNWRITABLE
   */
  async rewind(progress: Pick<Progress, "step" | "evaluated"> = { step: 0, evaluated: 0 }): Promise<void> {
    await writeMetrics(this.path, metricsUntil(progress, await readMetrics(this.path)));
    await tidyFolder(join(this.path, CHECKPOINTS));
    const pointers = await pointersOf(this.path);
    if (pointers !== undefined) await writeCheckpoints(this.path, pointers);
    const best = pointers?.best;
    for (const name of await checkpointNames(this.path)) {
      if (stepOfName(name) > progress.step && name !== best) await removeFolder(this.#checkpoint(name));
    }
  }

  /** Keeps the checkpoints and events of a training with this tokenizer. */
  store(tokenizer: Tokenizer): RunStore {
    const inFolder = (model: Model) => translatorFiles(model, tokenizer, this.recipe.decode);
    return {
      save: async ({ model, optimizer, progress }, { best, stopped }) => {
        const files: Map<string, FileContent> = await inFolder(model);
        files.set(PROGRESS, `${JSON.stringify(progress, null, 2)}\n`);
        files.set(OPTIMIZER, await encodeSafetensors(optimizer));
        const name = stepName(progress.step) + (stopped ? STOPPED : "");
        return this.#publish(name, files, (name, before) => ({
          latest: name,
          best: best ? name : before?.best,
        }));
      },
      saveModel: async (model, step, best) =>
        this.#publish(stepName(step) + AVERAGED, await inFolder(model), (name, before) => ({
          latest: before?.latest ?? name,
          best: best ? name : before?.best,
        })),
      recent: (count) => this.#recent(count),
      log: (event) => appendMetric(this.path, event),
    };
  }

  /** Writes a checkpoint, then points to it, then removes those that are no longer wanted. */
  async #publish(
    name: string,
    files: ReadonlyMap<string, FileContent>,
    point: (name: string, before: Checkpoints | undefined) => Checkpoints,
  ): Promise<string> {
    await writeFolder(this.#checkpoint(name), files);
    const pointers = point(name, await readCheckpoints(this.path));
    await writeCheckpoints(this.path, pointers);
    await this.#prune([name, pointers.latest, pointers.best]);
    return name;
  }

  async #prune(named: readonly (string | undefined)[]): Promise<void> {
    const { keepCheckpoints, averageLast } = this.recipe.train;
    await tidyFolder(join(this.path, CHECKPOINTS));
    const kept = (await scheduledCheckpoints(this.path)).slice(-Math.max(keepCheckpoints, averageLast));
    const wanted = new Set([...named, ...kept]);
    for (const name of await checkpointNames(this.path)) {
      if (!wanted.has(name)) await removeFolder(this.#checkpoint(name));
    }
  }

  async *#recent(count: number): AsyncGenerator<ReadonlyMap<string, TensorData<"float32">>> {
    for (const name of (await scheduledCheckpoints(this.path)).slice(-count)) {
      yield (await loadModel(folderFiles(this.#checkpoint(name)))).model.parameters;
    }
  }

  #checkpoint(name: string): string {
    return checkpointFolder(this.path, name);
  }
}

/** @throws HeedError FILE_UNWRITABLE where a new run would replace a file that no run has written */
async function refuseOthersFiles(path: string, parseRecipe: RecipeParser): Promise<void> {
  const other = await othersFile(folderFiles(path), parseRecipe);
  if (other === undefined) return;
  const message = `${join(path, other)} is no file of a run, and would be replaced. Choose another folder for the run.`;
  throw new HeedError("FILE_UNWRITABLE", message, { path: join(path, other) });
}

/** A recipe is a run's where it is complete, as `create` writes it; metrics are, where such a recipe lies beside. */
async function othersFile(files: ModelFiles, parseRecipe: RecipeParser): Promise<string | undefined> {
  const recipe = await readJson(files, RECIPE);
  if (recipe === undefined) return (await files.read(METRICS)) && METRICS;
  return isDeepStrictEqual(completed(recipe, parseRecipe), recipe) ? undefined : RECIPE;
}

function completed(recipe: unknown, parseRecipe: RecipeParser): Recipe | undefined {
  try {
    return parseRecipe(recipe, RECIPE);
  } catch {
    return undefined;
  }
}
