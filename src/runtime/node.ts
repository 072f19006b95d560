import { HeedError } from "../error.ts";
import { type Build, Engine, type EngineOptions } from "./engine.ts";
import { EngineRuntime } from "./engine-runtime.ts";
import { limitedThreads } from "./threads.ts";

export interface NativeOptions extends EngineOptions {
  readonly device?: "cpu" | "webgpu" | undefined;
}

/**
 * ONNX Runtime's native engine, in this thread: a call blocks the event loop while it computes.
 * @throws HeedError "RUNTIME_UNAVAILABLE" where the engine is not installed, or has no build for this platform or no such device.
 */
export async function nativeRuntime(options: NativeOptions = {}): Promise<EngineRuntime> {
  const threads = options.threads ?? (await limitedThreads());
  return EngineRuntime.start(new Engine(options.device ?? "cpu", await importBuild(), { ...options, threads }));
}

async function importBuild(): Promise<Build> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const platform = `${process.platform} ${process.arch}`;
    throw new HeedError(
      "RUNTIME_UNAVAILABLE",
      `The native engine could not be loaded on ${platform}. Install it with "npm install onnxruntime-node"; where its ` +
        "download of GPU libraries fails, which Heed does not need, set ONNXRUNTIME_NODE_INSTALL=skip before.",
      { cause },
    );
  }
}
