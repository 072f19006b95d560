import type { Device } from "../graph/device.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { EngineOptions } from "./engine.ts";
import { webRuntime } from "./web.ts";
import { webDevice } from "./web-engine.ts";

export interface RuntimeOptions extends EngineOptions {
  /** "wasm" unless told. */
  readonly device?: Device | undefined;
}

/** The runtime of that device, in this thread. */
export async function defaultRuntime({ device, ...options }: RuntimeOptions = {}): Promise<Runtime> {
  return webRuntime({ device: webDevice(device), ...options });
}
