import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { HeedError } from "../error.ts";
import { isAbsence } from "../file-system.ts";
import { replaceFile } from "./durable.ts";
import { formatJson, isInside, readJson } from "./files.ts";
import { folderFiles, presentFolder } from "./folder.ts";
import { ADAPTER_ADVICE, folderAdvice } from "./folder-advice.ts";

/** The file of a run that names its latest checkpoint and its best. */
export const POINTERS = "checkpoints.json";

/** The folder of a run's checkpoints. */
export const CHECKPOINTS = "checkpoints";

const folderName = z.string().refine((name) => isInside(name) && !name.includes("/"), "must be the name of a folder");
const schema = z.object({ latest: folderName, best: folderName.nullish() });

/** Which folders in a run's `checkpoints` are the latest and the best. */
export interface Checkpoints {
  readonly latest: string;
  /** Absent before the first evaluation. */
  readonly best?: string | undefined;
}

/** The folder of a checkpoint of a run. */
export const checkpointFolder = (run: string, name: string): string => join(run, CHECKPOINTS, name);

/** The run's folder that the folder of a checkpoint would lie in; undefined where that lies elsewhere. */
export function runOfCheckpoint(folder: string): string | undefined {
  const parent = dirname(resolve(folder));
  return basename(parent) === CHECKPOINTS ? dirname(parent) : undefined;
}

/** Says which checkpoints are the latest and the best, in one step. Errors: FILE_UNWRITABLE. */
export async function writeCheckpoints(run: string, checkpoints: Checkpoints): Promise<void> {
  await replaceFile(join(run, POINTERS), formatJson(checkpoints));
}

/** Which checkpoints of a run are the latest and the best; undefined before there is one. Errors: FORMAT_INVALID. */
export async function readCheckpoints(run: string): Promise<Checkpoints | undefined> {
  const json = await readJson(folderFiles(run), POINTERS);
  if (json === undefined) return undefined;
  const parsed = schema.safeParse(json);
  if (parsed.success) return { latest: parsed.data.latest, best: parsed.data.best ?? undefined };
  const path = join(run, POINTERS);
  const [issue] = parsed.error.issues;
  const message = `${path}: ${[...(issue?.path ?? []), issue?.message].join(": ")}.`;
  throw new HeedError("FORMAT_INVALID", `${message} Expected { "latest": "step-000200", "best": "step-000180" }.`, {
    path,
  });
}

/**
 * The model folder that a path means: of a run folder its best checkpoint, or its latest where none is the best yet; a
 * model folder means itself.
 *
 * @throws HeedError FILE_NOT_FOUND when there is no such folder or it is neither, MODEL_UNSUPPORTED for an adapter alone,
 *   FORMAT_INVALID for a broken checkpoints.json.
 */
export async function resolveModelFolder(path: string): Promise<string> {
  const place = await presentFolder(path);
  if (!(await isFolder(place, path))) {
    throw new HeedError("FILE_NOT_FOUND", `${path} is a file. Name the folder that holds the model.`, { path });
  }
  const checkpoints = await readCheckpoints(path);
  if (checkpoints !== undefined) return checkpointOf(path, checkpoints);
  if (await hasConfig(path)) return path;
  if (await hasFile(path, "adapter_config.json")) {
    throw new HeedError("MODEL_UNSUPPORTED", `${path} holds an adapter without its model. ${ADAPTER_ADVICE}`, { path });
  }
  const expected = `Expected a run folder, which holds ${POINTERS}, or a model folder, which holds config.json.`;
  const advice = folderAdvice(await folderFiles(path).names(), expected);
  throw new HeedError("FILE_NOT_FOUND", `${path} holds no model. ${advice}`, { path });
}

async function checkpointOf(run: string, { latest, best }: Checkpoints): Promise<string> {
  const folder = checkpointFolder(run, best ?? latest);
  if (await hasConfig(folder)) return folder;
  const message = `${join(run, POINTERS)} names ${folder}, where there is no model. Name another checkpoint's folder.`;
  throw new HeedError("FILE_NOT_FOUND", message, { path: folder });
}

const hasConfig = (folder: string) => hasFile(folder, "config.json");

async function hasFile(folder: string, name: string): Promise<boolean> {
  return (await folderFiles(folder).read(name)) !== undefined;
}

async function isFolder(place: string, path: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch (cause) {
    const absent = isAbsence(cause);
    const reason = absent ? "there is no such folder" : (cause as Error).message;
    const message = `${path} cannot be opened: ${reason}. Name a run folder or a model folder.`;
    throw new HeedError(absent ? "FILE_NOT_FOUND" : "FILE_UNREADABLE", message, { path, cause });
  }
}
