import type { EngineOptions } from "./engine.ts";
import type { EngineRuntime } from "./engine-runtime.ts";
import { limitedThreads } from "./threads.ts";
import { startWebEngine } from "./web-engine.ts";

/**
 * ONNX Runtime's WebAssembly engine in Node, in this thread: for platforms that have no native engine. How many threads
 * it uses is settled by the first runtime of a process.
 */
export async function webRuntime(options: EngineOptions = {}): Promise<EngineRuntime> {
  const build = await import("onnxruntime-web");
  return startWebEngine("wasm", build, { ...options, threads: options.threads ?? (await limitedThreads()) });
}
