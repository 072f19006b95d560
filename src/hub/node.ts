/**
 * Models as Hugging Face folders, on a disk and elsewhere.
 *
 * @module hub
 */

import { folderFiles, writeFolder } from "./folder.ts";
import { loadModel, type ModelFolder, modelFiles } from "./model-folder.ts";
import { resolveModelFolder } from "./run-folder.ts";

export { replaceFile } from "./durable.ts";
export {
  type FileContent,
  type JsonObject,
  type ModelFiles,
  memoryFiles,
  type OpenFile,
  type PickedFile,
  pickedFiles,
  urlFiles,
} from "./files.ts";
export { folderFiles, tidyFolder, writeFolder } from "./folder.ts";
export type { FolderFormat } from "./format.ts";
export { formatOfModel, registerFormat } from "./formats.ts";
export { defaultGenerationConfig, type GenerationConfig, generationConfigSchema } from "./generation-config.ts";
export type { Found, Keys, Kind } from "./kind.ts";
export { formatOf } from "./kind-format.ts";
export {
  type ByHead,
  type Form,
  headAt,
  type Layout,
  type LayoutTable,
  layoutOf,
  linearAt,
  normAt,
  type Stored,
  tableAt,
} from "./layout.ts";
export { type ChooseKeep, loadModel, type ModelFolder, modelFiles } from "./model-folder.ts";
export { readPooling, type SentenceSettings } from "./pooling.ts";
export { type Checkpoints, resolveModelFiles } from "./run-files.ts";
export { checkpointFolder, readCheckpoints, resolveModelFolder, writeCheckpoints } from "./run-folder.ts";
export { encodeSafetensors, parseSafetensors, type Safetensors } from "./safetensors.ts";
export type { StoredTensor } from "./stored-tensor.ts";
export type { WeightSource, WeightTensor } from "./weight-source.ts";
export type { KeepParameter, Weights } from "./weights.ts";

/** Opens a model folder, or the best checkpoint of a run folder. Errors: those of `resolveModelFolder` and `loadModel`. */
export async function openModel(path: string): Promise<ModelFolder> {
  return loadModel(folderFiles(await resolveModelFolder(path)));
}

/** Saves a model as a Hugging Face folder, at once. Errors: FILE_UNWRITABLE, MODEL_UNSUPPORTED. */
export async function saveModel(path: string, folder: Parameters<typeof modelFiles>[0]): Promise<void> {
  await writeFolder(path, await modelFiles(folder));
}
