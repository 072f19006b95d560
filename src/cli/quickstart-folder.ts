import { rename } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { exists } from "../file-system.ts";
import { parseRecipe } from "../translation/parse-recipe.ts";
import type { Recipe } from "../translation/recipe.ts";
import { RunFolder } from "../translation/run-folder.ts";
import { lockRun } from "../translation/run-lock.ts";
import { type Io, say } from "./io.ts";

/** The file that a complete quickstart leaves in its folder. */
export const RESULT = "result.json";

/**
 * Makes way for a quickstart. A run that was stopped before its end goes on, if its recipe is this one; any other run in
 * the folder is kept under another name.
 *
 * @returns whether the run in the folder is to be resumed
 * @throws HeedError RUN_IN_USE where a training works in the folder
 */
export async function prepareFolder(folder: string, recipe: Recipe, io: Io): Promise<boolean> {
  if (!(await exists(folder))) return false;
  const saved = await RunFolder.open(folder, parseRecipe).catch(() => undefined);
  const isComplete = await exists(join(folder, RESULT));
  if (saved !== undefined && !isComplete && isDeepStrictEqual(saved.recipe, recipe)) return true;
  await refuseMoving(folder);
  const aside = await freeName(folder);
  await rename(folder, aside);
  say(io, `The earlier run is kept as ${aside}.`);
  return false;
}

async function freeName(folder: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${folder}-${number}`;
    if (!(await exists(name))) return name;
  }
}

/** A folder in which somebody trains stays where it is. @throws HeedError RUN_IN_USE */
async function refuseMoving(folder: string): Promise<void> {
  const lock = await lockRun(folder);
  await lock[Symbol.asyncDispose]();
}
