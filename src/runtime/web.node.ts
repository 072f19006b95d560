import { Engine, type EngineOptions } from "./engine.ts";
import { EngineRuntime } from "./engine-runtime.ts";
import { limitedThreads } from "./threads.ts";

/**
 * ONNX Runtime's WebAssembly engine in Node, in this thread: for platforms that have no native engine. How many threads
 * it uses is settled by the first runtime of a process.
 */
export async function webRuntime(options: EngineOptions = {}): Promise<EngineRuntime> {
  const build = await import("onnxruntime-web");
  const threads = options.threads ?? (await limitedThreads());
  if (threads !== undefined) build.env.wasm.numThreads = threads;
  return EngineRuntime.start(new Engine("wasm", build, options));
}
