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
export { resolveModelFiles } from "./run-files.ts";
export { encodeSafetensors, parseSafetensors, type Safetensors } from "./safetensors.ts";
export type { StoredTensor } from "./stored-tensor.ts";
export type { WeightSource, WeightTensor } from "./weight-source.ts";
export type { KeepParameter, Weights } from "./weights.ts";
