import { z } from "zod";
import { HeedError } from "../error.ts";
import { isInside, type ModelFiles, readJson } from "./files.ts";
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

/** The folder of a checkpoint in its run. */
export const checkpointPath = (name: string): string => `${CHECKPOINTS}/${name}`;

/** What a run's files say of its checkpoints; undefined before there is one. Errors: FORMAT_INVALID. */
export async function readPointers(run: ModelFiles): Promise<Checkpoints | undefined> {
  const json = await readJson(run, POINTERS);
  if (json === undefined) return undefined;
  const parsed = schema.safeParse(json);
  if (parsed.success) return { latest: parsed.data.latest, best: parsed.data.best ?? undefined };
  const path = `${run.location}/${POINTERS}`;
  const [issue] = parsed.error.issues;
  const message = `${path}: ${[...(issue?.path ?? []), issue?.message].join(": ")}.`;
  throw new HeedError("FORMAT_INVALID", `${message} Expected { "latest": "step-000200", "best": "step-000180" }.`, {
    path,
  });
}

/**
 * The files of the model that is meant by those of a folder: of a run the best checkpoint's, or the latest's where none is
 * the best yet; a model folder's are themselves.
 *
 * @param within The files of a folder in that folder.
 * @throws HeedError FILE_NOT_FOUND when the folder is neither, MODEL_UNSUPPORTED for an adapter alone, FORMAT_INVALID for
 *   a broken checkpoints.json, and as reading does.
 */
export async function resolveModelFiles(
  files: ModelFiles,
  within: (folder: string) => ModelFiles = (folder) => filesWithin(files, folder),
): Promise<ModelFiles> {
  const path = files.location;
  if (await isModel(files)) return files;
  const checkpoints = await readPointers(files);
  if (checkpoints !== undefined) {
    const checkpoint = within(checkpointPath(checkpoints.best ?? checkpoints.latest));
    if (await isModel(checkpoint)) return checkpoint;
    const message = `${path}/${POINTERS} names ${checkpoint.location}, where there is no model. Name another checkpoint's folder.`;
    throw new HeedError("FILE_NOT_FOUND", message, { path: checkpoint.location });
  }
  if ((await files.read("adapter_config.json")) !== undefined) {
    throw new HeedError("MODEL_UNSUPPORTED", `${path} holds an adapter without its model. ${ADAPTER_ADVICE}`, { path });
  }
  const expected = `Expected a run folder, which holds ${POINTERS}, or a model folder, which holds config.json.`;
  const advice = folderAdvice(await files.names?.(), expected);
  throw new HeedError("FILE_NOT_FOUND", `${path} holds no model. ${advice}`, { path });
}

async function isModel(files: ModelFiles): Promise<boolean> {
  return (await files.read("config.json")) !== undefined;
}

function filesWithin(files: ModelFiles, folder: string): ModelFiles {
  const { open } = files;
  return {
    location: `${files.location}/${folder}`,
    read: (name) => files.read(`${folder}/${name}`),
    ...(open && { open: (name: string) => open.call(files, `${folder}/${name}`) }),
  };
}
