import { type OpenedCorpus, openCorpus } from "../data/open.ts";
import type { DataProgress } from "../data/parts.ts";
import { HeedError } from "../error.ts";
import type { Device } from "../graph/device.ts";
import { workerRuntime } from "../runtime/worker/node.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { loadTokenizer } from "../text/tokenizer-files.ts";
import { told } from "../train/event-queue.ts";
import { withAbsolutePaths } from "./absolute-paths.ts";
import type { PrepareEvent, TranslatorEvent } from "./events.ts";
import { parseRecipe } from "./parse-recipe.ts";
import type { Recipe, RecipeInput } from "./recipe.ts";
import { RunFolder } from "./run-folder.ts";
import { lockRun } from "./run-lock.ts";
import { seldom } from "./seldom.ts";
import { trainOnPairs } from "./train-on-pairs.ts";
import { refuseChanges } from "./unchanged.ts";

export interface TrainTranslatorOptions {
  /** Where the run is kept. */
  readonly folder: string;
  /** Go on with the run in the folder: with the recipe that was saved there or, where one is given, with that. */
  readonly resume?: boolean | undefined;
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
  /** How many bytes of memory a batch may take by estimate; 80% of what is free unless told. */
  readonly memoryLimit?: number | undefined;
  /** Aborted: the training stops at the next step, saves and ends with the reason "stopped". */
  readonly signal?: AbortSignal | undefined;
  /** The folder that relative paths in the recipe start from. Default: the working folder. */
  readonly baseDir?: string | undefined;
}

/**
 * Trains a translator as a recipe says, in a worker thread, and keeps it in a folder. Tells what happens as it happens;
 * leaving the loop early stops the training at the next step and saves.
 *
 * @param recipe What to train, on what, how. Where a run is resumed it may be left out; one that is given takes the place
 *   of the run's own, whose model, data and tokenizer it must keep.
 * @throws HeedError RUN_EXISTS where the folder holds a run and `resume` is not set; RUN_IN_USE where another training
 *   works in it; CONFIG_INVALID and all that is wrong with the data, each naming what and where
 */
export async function* trainTranslator(
  recipe: RecipeInput | undefined,
  options: TrainTranslatorOptions,
): AsyncGenerator<TranslatorEvent> {
  const { folder } = options;
  if (typeof folder !== "string" || folder === "") {
    throw new HeedError("INPUT_INVALID", "A training needs the `folder` that it is kept in.");
  }
  const now = recipe && withAbsolutePaths(parseRecipe(recipe), options.baseDir ?? process.cwd());
  // What can be wrong is found out before the lock, which makes the folder.
  const resumed = options.resume ? await RunFolder.open(folder, parseRecipe, now) : undefined;
  const named = resumed === undefined ? await namedTokenizer(requireRecipe(now)) : undefined;
  await using _lock = await lockRun(folder);
  const run = resumed ?? (await RunFolder.create(folder, requireRecipe(now), parseRecipe));
  const latest = await run.latest();
  if (latest !== undefined) refuseOtherTokenizer(run);
  await run.rewind(latest?.checkpoint.progress);
  await using data = yield* opened(run.recipe, options);
  yield { type: "prepare", stage: "data", pairs: data.train.size };
  const { device, threads, memoryLimit } = options;
  await using runtime = await workerRuntime({ device, threads, memoryLimit });
  yield* trainOnPairs({
    recipe: run.recipe,
    data,
    tokenizer: latest?.tokenizer ?? named ?? (await namedTokenizer(run.recipe)),
    runtime,
    store: async (used) => {
      if (resumed !== undefined && now !== undefined) await run.saveRecipe();
      return run.store(used);
    },
    resume: latest?.checkpoint,
    signal: options.signal,
    memoryLimit,
  });
}

/** The data of a recipe. Large ones take their time. */
function opened({ data }: Recipe, { baseDir, signal }: TrainTranslatorOptions) {
  return told<PrepareEvent, OpenedCorpus>((tell, within) => {
    const progress = seldom(({ pairs, bytes, totalBytes }: DataProgress) =>
      tell({ type: "prepare", stage: "data", pairs, share: totalBytes === 0 ? 0 : bytes / totalBytes }),
    );
    return openCorpus(data, { baseDir, signal: within, progress });
  }, signal);
}

function requireRecipe(recipe: Recipe | undefined): Recipe {
  if (recipe === undefined) throw new HeedError("CONFIG_INVALID", "A new run needs a recipe.");
  return recipe;
}

/**
 * A run goes on with the tokenizer that it has. How often merges drop out may change, and where the tokenizer lay that it
 * began with.
 */
function refuseOtherTokenizer({ saved, recipe }: RunFolder): void {
  if (saved === undefined) return;
  const settled = ({ dropout: _, path, ...others }: Recipe["tokenizer"]) => ({ ...others, path: path && "a folder" });
  refuseChanges("tokenizer", settled(saved.tokenizer), settled(recipe.tokenizer));
}

/** The tokenizer that a recipe names, where it does not let one be learned. */
async function namedTokenizer({ tokenizer: { path } }: Recipe): Promise<Tokenizer | undefined> {
  return path === null ? undefined : loadTokenizer(path);
}
