/** Heed in the browser. */
export * from "./index.common.ts";
export { defaultRuntime, type RuntimeOptions } from "./runtime/default.browser.ts";
export { workerRuntime } from "./runtime/worker/browser.ts";
export { loadMaskFiller, loadTextEmbedder, loadTextGenerator } from "./tasks/load.browser.ts";
export { loadTranslator } from "./translation/load-translator.browser.ts";
