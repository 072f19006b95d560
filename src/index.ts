/** Heed on Node.js: what most programs need. Its parts have paths of their own, such as `heed/text`. */

export { type OpenedCorpus, openCorpus } from "./data/open.ts";
export * from "./index.common.ts";
export { defaultRuntime, type RuntimeOptions } from "./runtime/default.node.ts";
export { workerRuntime } from "./runtime/worker/node.ts";
export { type LoadTranslatorOptions, loadTranslator } from "./translation/load-translator.ts";
export { parseRecipe } from "./translation/parse-recipe.ts";
export { type TrainTranslatorOptions, trainTranslator } from "./translation/train-translator.ts";
