/** Heed in the browser. */
export * from "./index.common.ts";
export { defaultRuntime, type RuntimeOptions } from "./runtime/default.browser.ts";
export { workerRuntime } from "./runtime/worker/browser.ts";
export { type LoadTranslatorOptions, loadTranslator } from "./translation/load-translator.browser.ts";
