import type { Translator } from "../generate/translate.ts";
import type { ModelFiles } from "../hub/node.ts";
import { type Model, parameterBytes } from "../models/model.ts";
import { defaultRuntime } from "../runtime/default.node.ts";
import { threadsUpTo } from "../runtime/threads.ts";
import { workerRuntime } from "../runtime/worker/node.ts";
import { filesOf } from "../tasks/files-of.ts";
import type { LoadOptions } from "../tasks/load-options.ts";
import { Lanes } from "./lanes/lanes.ts";
import { openTranslator } from "./open-translator.ts";

/**
 * Opens a translator: a run's folder, of which the best checkpoint is taken, or a Hugging Face folder of an
 * encoder–decoder and its tokenizer.
 *
 * @param folder Its path, its URL (http, https or file), or its files.
 * @throws HeedError FILE_NOT_FOUND, DOWNLOAD_FAILED, MODEL_UNSUPPORTED, FORMAT_INVALID, …, each naming the file
 */
export async function loadTranslator(
  folder: string | URL | ModelFiles,
  options: LoadOptions = {},
): Promise<Translator> {
  const { worker = false, ...runtimeOptions } = options;
  const onCpu = (options.device ?? "cpu") === "cpu";
  const open = async (model: Model) => {
    const threads = options.threads ?? (onCpu && parameterBytes(model) < SMALL ? await threadsUpTo(2) : undefined);
    return (worker ? workerRuntime : defaultRuntime)({ ...runtimeOptions, threads });
  };
  const lanes = onCpu ? new Lanes(runtimeOptions) : undefined;
  return openTranslator(await filesOf(folder), open, lanes);
}

/** A model of fewer bytes has little that more than two threads could share. Where there is much to translate, lanes do. */
const SMALL = 32 * 2 ** 20;
