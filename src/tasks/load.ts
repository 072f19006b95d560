import type { ModelFiles } from "../hub/node.ts";
import type { Model } from "../models/model.ts";
import { defaultRuntime } from "../runtime/default.node.ts";
import { workerRuntime } from "../runtime/worker/node.ts";
import { canFill, canWrite } from "./abilities.ts";
import { filesOf } from "./files-of.ts";
import { loadOnDisk } from "./load-on-disk.ts";
import type { LoadOptions } from "./load-options.ts";
import type { Loaded } from "./loaded.ts";
import { createMaskFiller, type MaskFiller } from "./mask-filler.ts";
import { createTextEmbedder, type TextEmbedder } from "./text-embedder.ts";
import { createTextGenerator, type TextGenerator } from "./text-generator.ts";

/**
 * Opens a model that continues texts: a Hugging Face folder such as GPT-2's or Llama's.
 *
 * @param folder Its path, its URL (http, https or file), or its files.
 * @throws HeedError FILE_NOT_FOUND, DOWNLOAD_FAILED, MODEL_UNSUPPORTED, FORMAT_INVALID, …, each naming the file
 */
export async function loadTextGenerator(
  folder: string | URL | ModelFiles,
  options: LoadOptions = {},
): Promise<TextGenerator> {
  return createTextGenerator(await load(folder, options, canWrite));
}

/** Opens a model that fills in masks: a Hugging Face folder such as BERT's. Parameters and errors: as `loadTextGenerator`. */
export async function loadMaskFiller(
  folder: string | URL | ModelFiles,
  options: LoadOptions = {},
): Promise<MaskFiller> {
  return createMaskFiller(await load(folder, options, canFill));
}

/**
 * Opens a model that makes vectors of texts: a folder of sentence-transformers, or any whose states can be pooled.
 * Parameters and errors: as `loadTextGenerator`.
 */
export async function loadTextEmbedder(
  folder: string | URL | ModelFiles,
  options: LoadOptions = {},
): Promise<TextEmbedder> {
  return createTextEmbedder(await load(folder, options, () => undefined));
}

async function load(
  folder: string | URL | ModelFiles,
  options: LoadOptions,
  check: (model: Model) => void,
): Promise<Loaded> {
  const { worker = false, ...runtimeOptions } = options;
  const openRuntime = () => (worker ? workerRuntime : defaultRuntime)(runtimeOptions);
  return loadOnDisk(await filesOf(folder), openRuntime, check, options);
}
