import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { HeedError } from "../error.ts";
import { isAbsence } from "../file-system.ts";
import { replaceFile } from "./durable.ts";
import { formatJson } from "./files.ts";
import { folderFiles, presentFolder } from "./folder.ts";
import {
  CHECKPOINTS,
  type Checkpoints,
  checkpointPath,
  POINTERS,
  readPointers,
  resolveModelFiles,
} from "./run-files.ts";

/** The folder of a checkpoint of a run. */
export const checkpointFolder = (run: string, name: string): string => join(run, checkpointPath(name));

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
export function readCheckpoints(run: string): Promise<Checkpoints | undefined> {
  return readPointers(folderFiles(run));
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
  const files = await resolveModelFiles(folderFiles(path), (folder) => folderFiles(join(path, folder)));
  return files.location;
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
