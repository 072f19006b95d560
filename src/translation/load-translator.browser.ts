import type { Translator } from "../generate/translate.ts";
import type { Device } from "../graph/device.ts";
import { type ModelFiles, urlFiles } from "../hub/files.ts";
import { defaultRuntime } from "../runtime/default.browser.ts";
import { workerRuntime } from "../runtime/worker/browser.ts";
import { openTranslator } from "./open-translator.ts";

export interface LoadTranslatorOptions {
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
  /** Compute in a worker, so that the page stays responsive; in this thread, some short steps at a time, unless told. */
  readonly worker?: boolean | undefined;
}

/**
 * Opens a translator from the folder at a URL, or from files that a person picked.
 *
 * @throws HeedError FILE_NOT_FOUND, DOWNLOAD_FAILED, MODEL_UNSUPPORTED, FORMAT_INVALID, …, each naming the file
 */
export async function loadTranslator(
  folder: string | ModelFiles,
  options: LoadTranslatorOptions = {},
): Promise<Translator> {
  const { worker = false, ...runtimeOptions } = options;
  const open = () => (worker ? workerRuntime(runtimeOptions) : defaultRuntime(runtimeOptions));
  return openTranslator(typeof folder === "string" ? urlFiles(folder) : folder, open);
}
