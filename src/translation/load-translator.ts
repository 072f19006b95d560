import { fileURLToPath } from "node:url";
import { HeedError } from "../error.ts";
import type { Translator } from "../generate/translate.ts";
import { folderFiles, type ModelFiles, resolveModelFiles, resolveModelFolder, urlFiles } from "../hub/node.ts";
import { shown } from "../json.ts";
import { type Model, parameterBytes } from "../models/model.ts";
import { defaultRuntime } from "../runtime/default.node.ts";
import { threadsUpTo } from "../runtime/threads.ts";
import { workerRuntime } from "../runtime/worker/node.ts";
import { Lanes } from "./lanes/lanes.ts";
import type { LoadTranslatorOptions } from "./load-options.ts";
import { openTranslator } from "./open-translator.ts";

/**
 * Opens a translator: a run's folder, of which the best checkpoint is taken, or a Hugging Face folder of an
 * encoder–decoder with a tokenizer.json.
 *
 * @param folder Its path, its URL (http, https or file), or its files.
 * @throws HeedError FILE_NOT_FOUND, DOWNLOAD_FAILED, MODEL_UNSUPPORTED, FORMAT_INVALID, …, each naming the file
 */
export async function loadTranslator(
  folder: string | URL | ModelFiles,
  options: LoadTranslatorOptions = {},
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

async function filesOf(folder: string | URL | ModelFiles): Promise<ModelFiles> {
  if (folder instanceof URL) return filesOf(folder.protocol === "file:" ? fileURLToPath(folder) : folder.href);
  if (typeof folder === "object" && typeof folder?.read === "function") return resolveModelFiles(folder);
  if (typeof folder !== "string" || folder === "" || folder.includes("\0")) {
    throw new HeedError("INPUT_INVALID", `Expected a folder's path, its URL or its files, found ${shown(folder)}.`);
  }
  if (/^https?:\/\//i.test(folder)) return resolveModelFiles(urlFiles(folder));
  return folderFiles(await resolveModelFolder(folder));
}

/** A model of fewer bytes has little that more than two threads could share. Where there is much to translate, lanes do. */
const SMALL = 32 * 2 ** 20;
