import type { Translator } from "../generate/translate.ts";
import { type ModelFiles, urlFiles } from "../hub/files.ts";
import { resolveModelFiles } from "../hub/run-files.ts";
import { defaultRuntime } from "../runtime/default.browser.ts";
import { workerRuntime } from "../runtime/worker/browser.ts";
import type { LoadOptions } from "../tasks/load-options.ts";
import { openTranslator } from "./open-translator.ts";

/**
 * Opens a translator: a run's folder, of which the best checkpoint is taken, or a Hugging Face folder of an
 * encoder–decoder and its tokenizer.
 *
 * @param folder Its URL, which may be relative to the page, or its files, such as a person picked.
 * @throws HeedError FILE_NOT_FOUND, DOWNLOAD_FAILED, MODEL_UNSUPPORTED, FORMAT_INVALID, …, each naming the file
 */
export async function loadTranslator(
  folder: string | URL | ModelFiles,
  options: LoadOptions = {},
): Promise<Translator> {
  const { worker = false, ...runtimeOptions } = options;
  const open = () => (worker ? workerRuntime(runtimeOptions) : defaultRuntime(runtimeOptions));
  const files = typeof folder === "string" || folder instanceof URL ? urlFiles(folder) : folder;
  return openTranslator(await resolveModelFiles(files), open);
}
