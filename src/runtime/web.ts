import { type Build, Engine, type EngineOptions } from "./engine.ts";
import { EngineRuntime } from "./engine-runtime.ts";

export interface WebOptions extends EngineOptions {
  readonly device?: "wasm" | "webgpu" | undefined;
}

/**
 * ONNX Runtime's engine for browsers, in this thread. More threads than one need a page that is cross-origin isolated;
 * how many is settled by the first runtime of a page.
 * @throws HeedError "RUNTIME_UNAVAILABLE" where the browser has no such device.
 */
export async function webRuntime(options: WebOptions = {}): Promise<EngineRuntime> {
  const device = options.device ?? "wasm";
  return EngineRuntime.start(new Engine(device, await importBuild(device, options.threads), options));
}

async function importBuild(device: "wasm" | "webgpu", threads: number | undefined): Promise<Build> {
  const build = device === "webgpu" ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm");
  if (threads !== undefined) build.env.wasm.numThreads = threads;
  return build;
}
