import { HeedError } from "../error.ts";
import type { Device } from "../graph/device.ts";
import { type Build, Engine, type EngineOptions } from "./engine.ts";
import { EngineRuntime } from "./engine-runtime.ts";

/** A build of ONNX Runtime for browsers. */
export interface WebBuild extends Build {
  readonly env: { readonly wasm: { numThreads?: number } };
}

/** Starts a build for browsers, in this thread. How many threads it uses is settled by the first runtime of a page. */
export function startWebEngine(device: "wasm" | "webgpu", build: WebBuild, options: EngineOptions) {
  if (options.threads !== undefined) build.env.wasm.numThreads = options.threads;
  return EngineRuntime.start(new Engine(device, build, options));
}

/** @throws HeedError "RUNTIME_UNAVAILABLE" for a device that no browser has. */
export function webDevice(device: Device = "wasm"): "wasm" | "webgpu" {
  if (device !== "cpu") return device;
  throw new HeedError("RUNTIME_UNAVAILABLE", 'A browser has no native engine. Use the device "wasm" or "webgpu".');
}
