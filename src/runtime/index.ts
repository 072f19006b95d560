export { defaultRuntime, type RuntimeOptions } from "./default.node.ts";
export { workerRuntime } from "./worker/node.ts";
