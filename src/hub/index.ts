export { type FileContent, type ModelFiles, memoryFiles, pickedFiles, urlFiles } from "./files.ts";
export { formatOfModel } from "./formats.ts";
export { defaultGenerationConfig, type GenerationConfig } from "./generation-config.ts";
export { loadModel, type ModelFolder, modelFiles } from "./model-folder.ts";
export { resolveModelFiles } from "./run-files.ts";
export { encodeSafetensors, parseSafetensors, type Safetensors } from "./safetensors.ts";
export type { StoredTensor } from "./stored-tensor.ts";
