/**
 * Heed on Node.js: what most programs need. Its parts have paths of their own, such as `heed/text`.
 *
 * @module heed
 */

export { type OpenedCorpus, openCorpus } from "./data/open.ts";
export * from "./index.common.ts";
export { defaultRuntime, type RuntimeOptions } from "./runtime/default.node.ts";
export { workerRuntime } from "./runtime/worker/node.ts";
export { loadMaskFiller, loadTextEmbedder, loadTextGenerator } from "./tasks/load.ts";
export { loadTranslator } from "./translation/load-translator.ts";
export { type TrainTranslatorOptions, trainTranslator } from "./translation/train-translator.ts";
