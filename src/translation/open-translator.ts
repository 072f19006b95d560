import { HeedError } from "../error.ts";
import { generationDefaults } from "../generate/defaults.ts";
import type { generate } from "../generate/generate.ts";
import { createTranslator, type Translator } from "../generate/translate.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { ModelFiles } from "../hub/files.ts";
import { loadModel, type ModelFolder } from "../hub/model-folder.ts";
import { requireHead } from "../models/head-of.ts";
import type { Model } from "../models/model.ts";
import { openTokenizer } from "../tasks/loaded.ts";
import { Tokenizer } from "../text/tokenizer.ts";

/**
 * Opens a translator from the files of a Hugging Face folder. Disposing it disposes the runtime and the lanes, which are
 * its own.
 */
export async function openTranslator(
  files: ModelFiles,
  openRuntime: (model: Model) => Promise<Runtime>,
  lanes?: { readonly generate: typeof generate; dispose(): Promise<void> },
): Promise<Translator> {
  const folder = await loadModel(files);
  const { model, targetTokenizer: target, generationConfig } = folder;
  requireHead(model, ["sequenceToSequence"], "translate");
  const path = files.location;
  const tokenizer = await openTokenizer(folder, path);
  const targetTokenizer = await openTarget(target, model, path);
  const { eosTokenId } = model.config;
  if (eosTokenId !== undefined && (targetTokenizer ?? tokenizer).idToToken(eosTokenId) === undefined) {
    const message = `${path}: the tokenizer has no token ${eosTokenId}, with which the model ends its sentences. Is it another model's?`;
    throw new HeedError("MODEL_UNSUPPORTED", message, { path });
  }
  const runtime = await openRuntime(model);
  const translator = createTranslator({
    model,
    tokenizer,
    targetTokenizer,
    runtime,
    defaults: generationDefaults(generationConfig, model.config),
    generate: lanes && ((...given) => lanes.generate(...given)),
  });
  const dispose = async () => {
    await translator.dispose();
    await lanes?.dispose();
    await runtime.dispose();
  };
  return {
    model,
    tokenizer,
    targetTokenizer: translator.targetTokenizer,
    runtime,
    translate: (texts, options) => translator.translate(texts, options),
    translateLines: (lines, options) => translator.translateLines(lines, options),
    score: (texts, translations, options) => translator.score(texts, translations, options),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** That of translations, where the folder has one of their own. Errors: FILE_NOT_FOUND where the model needs it. */
async function openTarget(target: ModelFolder["targetTokenizer"], { config }: Model, path: string) {
  if (target !== undefined) return Tokenizer.open(target.json, target.config, path);
  if (config.decoderVocabSize === undefined) return undefined;
  const message = `There is no target_tokenizer.json in ${path}, but the model's translations have a vocabulary of their own.`;
  throw new HeedError("FILE_NOT_FOUND", `${message} Or use createTranslator with a targetTokenizer.`, { path });
}
