import { folderFiles, writeFolder } from "./folder.ts";
import { loadModel, type ModelFolder, modelFiles } from "./model-folder.ts";
import { resolveModelFolder } from "./run-folder.ts";

export { replaceFile } from "./durable.ts";
export { folderFiles, tidyFolder, writeFolder } from "./folder.ts";
export * from "./index.ts";
export {
  type Checkpoints,
  checkpointFolder,
  readCheckpoints,
  resolveModelFolder,
  writeCheckpoints,
} from "./run-folder.ts";

/** Opens a model folder, or the best checkpoint of a run folder. Errors: those of `resolveModelFolder` and `loadModel`. */
export async function openModel(path: string): Promise<ModelFolder> {
  return loadModel(folderFiles(await resolveModelFolder(path)));
}

/** Saves a model as a Hugging Face folder, at once. Errors: FILE_UNWRITABLE, MODEL_UNSUPPORTED. */
export async function saveModel(path: string, folder: Parameters<typeof modelFiles>[0]): Promise<void> {
  await writeFolder(path, await modelFiles(folder));
}
