import { HeedError } from "../error.ts";
import type { Device } from "../graph/device.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { EngineOptions } from "./engine.ts";
import type { EngineRuntime } from "./engine-runtime.ts";
import { nativeRuntime } from "./node.ts";
import { webRuntime } from "./web.node.ts";

export interface RuntimeOptions extends EngineOptions {
  /** The fastest that needs no GPU unless told: the native CPU where the engine is installed, else WebAssembly. */
  readonly device?: Device | undefined;
}

/** The runtime of that device, in this thread. */
export async function defaultRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  return openRuntime(options, warnOnce);
}

/** As `defaultRuntime`; `onFallback` hears why WebAssembly stands in for the native engine. */
export async function openRuntime(
  { device, ...options }: RuntimeOptions,
  onFallback: (reason: string) => void,
): Promise<EngineRuntime> {
  if (device === "wasm") return webRuntime(options);
  if (device !== undefined) return nativeRuntime({ device, ...options });
  try {
    return await nativeRuntime(options);
  } catch (error) {
    if (!(error instanceof HeedError) || error.code !== "RUNTIME_UNAVAILABLE") throw error;
    onFallback(error.message);
    return webRuntime(options);
  }
}

let warned = false;

/** Says, once in a thread, that the slower engine is used. */
export function warnOnce(reason: string): void {
  if (!warned) process.emitWarning(`${reason} WebAssembly is used now; it is slower.`, "HeedWarning");
  warned = true;
}
