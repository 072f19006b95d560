import { HeedError } from "../error.ts";
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
  if (device === "webgpu") await requireAdapter();
  return new EngineRuntime(new Engine(device, await importBuild(device, options.threads), options));
}

async function importBuild(device: "wasm" | "webgpu", threads: number | undefined): Promise<Build> {
  const build = device === "webgpu" ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm");
  if (threads !== undefined) build.env.wasm.numThreads = threads;
  return build;
}

interface Gpu {
  requestAdapter(): Promise<unknown>;
}

async function requireAdapter(): Promise<void> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (gpu !== undefined && (await gpu.requestAdapter()) !== null) return;
  throw new HeedError("RUNTIME_UNAVAILABLE", 'This browser offers no WebGPU device. Use the device "wasm".');
}
