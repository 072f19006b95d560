import { HeedError } from "../error.ts";
import { generationDefaults } from "../generate/defaults.ts";
import type { generate } from "../generate/generate.ts";
import { createTranslator, type Translator } from "../generate/translate.ts";
import type { Runtime } from "../graph/runtime.ts";
import { type ModelFiles, readJson } from "../hub/files.ts";
import { loadModel } from "../hub/model-folder.ts";
import type { Model } from "../models/model.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import { tokenizerAdvice } from "../text/tokenizer-advice.ts";

/**
 * Opens a translator from the files of a Hugging Face folder. Disposing it disposes the runtime and the lanes, which are
 * its own.
 */
export async function openTranslator(
  files: ModelFiles,
  openRuntime: (model: Model) => Promise<Runtime>,
  lanes?: { readonly generate: typeof generate; dispose(): Promise<void> },
): Promise<Translator> {
  const { model, tokenizerJson, tokenizerConfig, generationConfig } = await loadModel(files);
  const path = files.location;
  if (tokenizerJson === undefined) {
    const advice = tokenizerAdvice((await files.names?.()) ?? []);
    throw new HeedError("FILE_NOT_FOUND", `There is no tokenizer.json in ${path}. ${advice}`, { path });
  }
  const tokenizer = await Tokenizer.open(tokenizerJson, tokenizerConfig, path);
  const targetTokenizer = await openTargetTokenizer(files, model);
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
async function openTargetTokenizer(files: ModelFiles, { config }: Model): Promise<Tokenizer | undefined> {
  const [name, path] = ["target_tokenizer.json", files.location];
  const json = await readJson(files, name);
  if (json !== undefined) return Tokenizer.open(json, await readJson(files, "target_tokenizer_config.json"), path);
  if (config.decoderVocabSize === undefined) return undefined;
  const message = `There is no ${name} in ${path}, but the model's translations have a vocabulary of their own.`;
  throw new HeedError("FILE_NOT_FOUND", `${message} Or use createTranslator with a targetTokenizer.`, { path });
}
