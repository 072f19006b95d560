import { HeedError } from "../error.ts";
import type { Translator } from "../generate/translate.ts";
import type { Device } from "../graph/device.ts";
import { folderFiles, resolveModelFolder } from "../hub/node.ts";
import { type Model, parameterBytes } from "../models/model.ts";
import { defaultRuntime } from "../runtime/default.node.ts";
import { threadsUpTo } from "../runtime/threads.ts";
import { workerRuntime } from "../runtime/worker/node.ts";
import { Lanes } from "./lanes/lanes.ts";
import { openTranslator } from "./open-translator.ts";

export interface LoadTranslatorOptions {
  readonly device?: Device | undefined;
  /** How many threads compute: for one batch together, for many batches each its own. What suits the machine unless told. */
  readonly threads?: number | undefined;
  /** How many bytes of memory a batch may take by estimate; 80% of what is free unless told. */
  readonly memoryLimit?: number | undefined;
  /** Compute in a worker thread, so that the event loop stays free; in this thread, some short steps at a time, unless told. */
  readonly worker?: boolean | undefined;
}

/**
 * Opens a translator: a run's folder, of which the best checkpoint is taken, or a Hugging Face folder of an
 * encoder–decoder with a tokenizer.json.
 *
 * @throws HeedError FILE_NOT_FOUND, MODEL_UNSUPPORTED, FORMAT_INVALID, …, each naming the file
 */
export async function loadTranslator(folder: string, options: LoadTranslatorOptions = {}): Promise<Translator> {
  if (typeof folder !== "string" || folder === "" || folder.includes("\0")) {
    throw new HeedError("INPUT_INVALID", `Expected the path of a folder, found ${JSON.stringify(folder)}.`);
  }
  const { worker = false, ...runtimeOptions } = options;
  const onCpu = (options.device ?? "cpu") === "cpu";
  const open = async (model: Model) => {
    const threads = options.threads ?? (onCpu && parameterBytes(model) < SMALL ? await threadsUpTo(2) : undefined);
    return (worker ? workerRuntime : defaultRuntime)({ ...runtimeOptions, threads });
  };
  const lanes = onCpu ? new Lanes(runtimeOptions) : undefined;
  return openTranslator(folderFiles(await resolveModelFolder(folder)), open, lanes);
}

/** A model of fewer bytes has little that more than two threads could share. Where there is much to translate, lanes do. */
const SMALL = 32 * 2 ** 20;
