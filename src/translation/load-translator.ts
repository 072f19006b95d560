import { HeedError } from "../error.ts";
import { createTranslator, type TranslateOptions, type Translator } from "../generate/translate.ts";
import type { Device } from "../graph/runtime.ts";
import type { GenerationConfig } from "../hub/generation-config.ts";
import { loadModel } from "../hub/model-folder.ts";
import { folderFiles, resolveModelFolder } from "../hub/node.ts";
import { defaultRuntime } from "../runtime/default.node.ts";
import { workerRuntime } from "../runtime/worker/node.ts";
import { Tokenizer } from "../text/tokenizer.ts";

export interface LoadTranslatorOptions {
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
  /** Compute in a worker thread, so that the event loop stays free; one short step at a time in this thread unless told. */
  readonly worker?: boolean | undefined;
}

/**
 * Opens a translator: a run's folder, of which the best checkpoint is taken, or a Hugging Face folder of an
 * encoder–decoder with a tokenizer.json.
 *
 * @throws HeedError FILE_NOT_FOUND, MODEL_UNSUPPORTED, FORMAT_INVALID, …, each naming the file
 */
export async function loadTranslator(folder: string, options: LoadTranslatorOptions = {}): Promise<Translator> {
  const path = await resolveModelFolder(folder);
  const { model, tokenizerJson, tokenizerConfig, generationConfig } = await loadModel(folderFiles(path));
  if (tokenizerJson === undefined) {
    throw new HeedError("FILE_NOT_FOUND", `There is no tokenizer.json in ${path}, which a translator needs.`, { path });
  }
  const tokenizer = Tokenizer.fromJSON(tokenizerJson, tokenizerConfig, path);
  const { worker = false, ...runtimeOptions } = options;
  const runtime = await (worker ? workerRuntime(runtimeOptions) : defaultRuntime(runtimeOptions));
  const translator = createTranslator({ model, tokenizer, runtime, defaults: decodingDefaults(generationConfig) });
  const dispose = async () => {
    await translator.dispose();
    await runtime.dispose();
  };
  return { ...translator, dispose, [Symbol.asyncDispose]: dispose };
}

/** What a generation_config.json says of decoding, as far as beam search goes. */
function decodingDefaults({ numBeams, lengthPenalty, earlyStopping, maxLength }: GenerationConfig): TranslateOptions {
  return {
    ...(numBeams !== undefined && { numBeams }),
    ...(lengthPenalty !== undefined && { lengthPenalty }),
    ...(earlyStopping !== undefined && { earlyStopping }),
    ...(maxLength !== undefined && { maxLength }),
  };
}
