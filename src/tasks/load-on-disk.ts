import type { Runtime } from "../graph/runtime.ts";
import type { ModelFiles } from "../hub/files.ts";
import type { ChooseKeep } from "../hub/model-folder.ts";
import type { Model } from "../models/model.ts";
import { ParameterFile } from "../runtime/parameter-file.ts";
import type { LoadOptions } from "./load-options.ts";
import { type Loaded, loadParts } from "./loaded.ts";

/** Bytes of parameters from which on they lie in a file. */
const LARGE = 1e8;

/**
 * As `loadParts`; for the native CPU the parameters of a large model lie in a temporary file, which its programs map.
 *
 * @param large From so many bytes on.
 * @throws HeedError as `loadParts`, FILE_UNWRITABLE where there is no room for that file
 */
export async function loadOnDisk(
  files: ModelFiles,
  openRuntime: (model: Model) => Promise<Runtime>,
  check: (model: Model) => void,
  { device = "cpu" }: Pick<LoadOptions, "device">,
  large = LARGE,
): Promise<Loaded> {
  const file = new ParameterFile();
  const keepOf: ChooseKeep = async (bytes) => {
    if (device !== "cpu" || bytes < large) return undefined;
    await file.create(bytes);
    return (parameter) => file.keep(parameter);
  };
  try {
    const loaded = await loadParts(files, openRuntime, check, keepOf);
    const dispose = async () => {
      await loaded.dispose();
      await file.dispose();
    };
    return { ...loaded, dispose };
  } catch (error) {
    await file.dispose();
    throw error;
  }
}
