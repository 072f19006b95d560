import type { EngineOptions } from "./engine.ts";
import type { EngineRuntime } from "./engine-runtime.ts";
import { startWebEngine } from "./web-engine.ts";

export interface WebOptions extends EngineOptions {
  readonly device?: "wasm" | "webgpu" | undefined;
}

/**
 * ONNX Runtime's engine for browsers, in this thread. More threads than one need a page that is cross-origin isolated;
 * how many is settled by the first runtime of a page.
 * @throws HeedError "RUNTIME_UNAVAILABLE" where the browser has no such device.
 */
export async function webRuntime({ device = "wasm", ...options }: WebOptions = {}): Promise<EngineRuntime> {
  const build = await (device === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm"));
  return startWebEngine(device, build, options);
}
