import { appendFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HeedError } from "../error.ts";
import { isAbsence } from "../file-system.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { unwritable } from "../hub/durable.ts";
import { type FileContent, readJson } from "../hub/files.ts";
import { removeFolder } from "../hub/folder.ts";
import { loadModel, modelFiles } from "../hub/model-folder.ts";
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
import { encodeSafetensors, parseSafetensors } from "../hub/safetensors.ts";
import type { Model } from "../models/model.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import type { Checkpoint, Progress, RunStore } from "../train/checkpoint.ts";
import type { TrainEvent } from "../train/events.ts";
import type { Recipe } from "./recipe.ts";

/** Names of files and folders in a run. */
const RECIPE = "recipe.json";
const METRICS = "metrics.jsonl";
const CHECKPOINTS = "checkpoints";
const PROGRESS = "training/progress.json";
const OPTIMIZER = "training/optimizer.safetensors";

/** What the names of checkpoints end in that are not part of the schedule. */
const STOPPED = "-stopped";
const AVERAGED = "-averaged";

/**
 * The folder of a run: its recipe, its metrics, and checkpoints that are Hugging Face folders with what training needs
 * beside. A checkpoint appears whole or not at all, and the file that names the latest is replaced after it, so that a
 * kill at any moment leaves the last good one.
 */
export class RunFolder {
  readonly path: string;
  readonly recipe: Recipe;

  private constructor(path: string, recipe: Recipe) {
    this.path = path;
    this.recipe = recipe;
  }

  /**
   * Starts a run in a new folder, or in one where no checkpoint was saved yet.
   *
   * @throws HeedError RUN_EXISTS where there are checkpoints, FILE_NOT_FOUND where nothing names the latest of them,
   *   FILE_UNWRITABLE
   */
  static async create(path: string, recipe: Recipe): Promise<RunFolder> {
    if ((await pointersOf(path)) !== undefined) {
      throw new HeedError(
        "RUN_EXISTS",
        `${path} already holds a run. Resume it, or choose another folder; nothing in it was changed.`,
        { path },
      );
    }
    await replaceFile(join(path, RECIPE), `${JSON.stringify(recipe, null, 2)}\n`);
    await replaceFile(join(path, METRICS), "");
    return new RunFolder(path, recipe);
  }

  /**
   * Opens a run to go on with it.
   *
   * @param parseRecipe Checks the recipe that was saved with the run.
   * @throws HeedError FILE_NOT_FOUND where there is no run
   */
  static async open(path: string, parseRecipe: (value: unknown, path: string) => Recipe): Promise<RunFolder> {
    const recipe = await readJson(folderFiles(path), RECIPE);
    if (recipe === undefined) {
      throw new HeedError("FILE_NOT_FOUND", `${path} holds no run: there is no ${RECIPE} in it.`, { path });
    }
    return new RunFolder(path, parseRecipe(recipe, join(path, RECIPE)));
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
    const progress = checkProgress(await readJson(files, PROGRESS), join(folder, PROGRESS));
    const moments = await files.read(OPTIMIZER);
    if (progress === undefined || moments === undefined) {
      const missing = progress === undefined ? PROGRESS : OPTIMIZER;
      throw new HeedError("FILE_NOT_FOUND", `${folder} cannot be resumed: there is no ${missing} in it.`, {
        path: folder,
      });
    }
    const { tensors } = parseSafetensors(moments, join(folder, OPTIMIZER));
    const optimizer = new Map(
      [...tensors].map(([name, stored]) => [name, stored.readFloat32(join(folder, OPTIMIZER))]),
    );
    const tokenizer = Tokenizer.fromJSON(tokenizerJson, tokenizerConfig, folder);
    return { checkpoint: { model, optimizer, progress, name: pointers.latest }, tokenizer };
  }

  /**
   * Drops what a killed training left of the time after the checkpoint from which the run goes on, or, where there is
   * none, of all its time: metrics, and checkpoints that it saved but never named as the latest.
   *
   * @throws HeedError FILE_UNREADABLE, FILE_UNWRITABLE
   */
  async rewind(progress: Pick<Progress, "step" | "evaluated"> = { step: 0, evaluated: 0 }): Promise<void> {
    const metrics = await folderFiles(this.path).read(METRICS);
    const kept = metricsUntil(progress, new TextDecoder().decode(metrics));
    await replaceFile(join(this.path, METRICS), kept.map((line) => `${line}\n`).join(""));
    await tidyFolder(join(this.path, CHECKPOINTS));
    const best = (await readCheckpoints(this.path))?.best;
    for (const name of await checkpointNames(this.path)) {
      if (stepOfName(name) > progress.step && name !== best) await removeFolder(this.#checkpoint(name));
    }
  }

  /** Keeps the checkpoints and events of a training with this tokenizer. */
  store(tokenizer: Tokenizer): RunStore {
    const inFolder = (model: Model) =>
      modelFiles({
        model,
        tokenizerJson: tokenizer.toJSON(),
        tokenizerConfig: tokenizer.configJSON(),
        generationConfig: this.#generationConfig(model),
      });
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
      log: (event) => this.#log(event),
    };
  }

  #generationConfig({ config }: Model) {
    const { padTokenId, eosTokenId, decoderStartTokenId } = config;
    return { ...this.recipe.decode, padTokenId, eosTokenId, decoderStartTokenId, badWordsIds: [[padTokenId]] };
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
    const kept = (await this.#scheduled()).slice(-Math.max(keepCheckpoints, averageLast));
    const wanted = new Set([...named, ...kept]);
    for (const name of await checkpointNames(this.path)) {
      if (!wanted.has(name)) await removeFolder(this.#checkpoint(name));
    }
  }

  async #recent(count: number): Promise<ReadonlyMap<string, TensorData<"float32">>[]> {
    const names = (await this.#scheduled()).slice(-count);
    return Promise.all(
      names.map(async (name) => (await loadModel(folderFiles(this.#checkpoint(name)))).model.parameters),
    );
  }

  /** Those that a run has whether or not it was stopped in between. */
  async #scheduled(): Promise<string[]> {
    return (await checkpointNames(this.path)).filter((name) => !name.endsWith(AVERAGED) && !name.endsWith(STOPPED));
  }

  /** Written at once, so that a kill loses no event; a line is a few dozen microseconds. */
  #log(event: TrainEvent): void {
    const path = join(this.path, METRICS);
    try {
      appendFileSync(path, `${JSON.stringify(event)}\n`);
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  #checkpoint(name: string): string {
    return checkpointFolder(this.path, name);
  }
}

const count = z.int().nonnegative();
const progressSchema: z.ZodType<Progress> = z.strictObject({
  step: count,
  epoch: count,
  batch: count,
  seconds: z.number().nonnegative(),
  evaluated: count,
  best: z.strictObject({ score: z.number(), since: count }).nullable(),
});

function checkProgress(json: unknown, path: string): Progress | undefined {
  if (json === undefined) return undefined;
  const checked = progressSchema.safeParse(json);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const what = `${path} is no progress of a training: ${issue?.path.join(".")}: ${issue?.message}`;
  throw new HeedError("FORMAT_INVALID", `${what}. Restore it, or start a new run.`, { path });
}

/** Which checkpoints are the latest and the best; undefined before there is one. A kill leaves at most one unnamed. */
async function pointersOf(run: string): Promise<Checkpoints | undefined> {
  const pointers = await readCheckpoints(run);
  const names = pointers === undefined ? await checkpointNames(run) : [];
  if (names.length < 2) return pointers;
  const missing = `${run} holds checkpoints, but no checkpoints.json, which names the latest of them`;
  const advice = `Restore it, such as { "latest": "${names.at(-1)}" }, or move them away`;
  throw new HeedError("FILE_NOT_FOUND", `${missing}. ${advice}.`, { path: run });
}

/** The checkpoints of a run by name, the oldest first. */
async function checkpointNames(run: string): Promise<string[]> {
  const names = await readdir(join(run, CHECKPOINTS)).catch((cause: unknown) => {
    if (isAbsence(cause)) return [];
    throw unwritable(run, cause);
  });
  return names
    .filter((name) => /^step-\d+(-averaged|-stopped)?$/.test(name))
    .sort((a, b) => stepOfName(a) - stepOfName(b) || (a < b ? -1 : 1));
}

const stepName = (step: number): string => `step-${String(step).padStart(6, "0")}`;

const stepOfName = (name: string): number => Number.parseInt(name.slice("step-".length), 10);

/** Lines of metrics up to a checkpoint: of the evaluation at its step, where it has one, no repetition. */
function metricsUntil({ step, evaluated }: Pick<Progress, "step" | "evaluated">, text: string): string[] {
  let atStep = evaluated === step ? 1 : 0;
  return text.split("\n").filter((line) => {
    const event = parseEvent(line);
    if (event === undefined || event.step > step) return false;
    return event.type !== "evaluation" || event.step < step || atStep-- > 0;
  });
}

/** A line that a kill cut off is no event. */
function parseEvent(line: string): { readonly type: string; readonly step: number } | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.step === "number" ? event : undefined;
  } catch {
    return undefined;
  }
}
