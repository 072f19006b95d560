export { defaultRuntime, type RuntimeOptions } from "./default.browser.ts";
export { workerRuntime } from "./worker/browser.ts";
