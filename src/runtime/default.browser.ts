import { HeedError } from "../error.ts";
import type { Device } from "../graph/runtime.ts";
import type { EngineOptions } from "./engine.ts";
import type { EngineRuntime } from "./engine-runtime.ts";
import { webRuntime } from "./web.ts";

export interface RuntimeOptions extends EngineOptions {
  /** "wasm" unless told. */
  readonly device?: Device | undefined;
}

/** The runtime of that device, in this thread. */
export async function defaultRuntime({ device, ...options }: RuntimeOptions = {}): Promise<EngineRuntime> {
  if (device === "cpu") {
    throw new HeedError("RUNTIME_UNAVAILABLE", 'A browser has no native engine. Use the device "wasm" or "webgpu".');
  }
  return webRuntime({ device, ...options });
}
