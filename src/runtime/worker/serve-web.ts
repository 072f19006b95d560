import { startWebEngine, type WebBuild } from "../web-engine.ts";
import { runtimeHandlers, serve } from "./host.ts";
import type { Request } from "./protocol.ts";

/**
 * Serves a build of ONNX Runtime in a web worker. For threads the build starts the script that it is in once more, by
 * the name that is tested here: after a bundler that is this worker's script, and then the build alone has to run.
 */
export function serveWeb(device: "wasm" | "webgpu", build: WebBuild): void {
  if (self.name === "em-pthread") return;
  const handlers = runtimeHandlers((options) => startWebEngine(device, build, options));
  const answer = serve(handlers, (reply, transfer) => self.postMessage(reply, { transfer }));
  self.addEventListener("message", ({ data }: MessageEvent<Request>) => answer(data));
  // Which request it was is not known, so none could be answered: an error of the worker rejects them all.
  self.addEventListener("messageerror", () => {
    throw new Error("A message to the worker could not be read.");
  });
}
