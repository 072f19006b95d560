import { defaultRuntime } from "../default.browser.ts";
import { serve } from "./host.ts";
import type { Request } from "./protocol.ts";

/** One thread: the engine's own threads, which would be workers of this worker, do not start here. */
const answer = serve(
  (options) => defaultRuntime({ ...options, threads: 1 }),
  (reply, transfer) => self.postMessage(reply, { transfer }),
);
self.addEventListener("message", ({ data }: MessageEvent<Request>) => answer(data));
// Which request it was is not known, so none could be answered: an error of the worker rejects them all.
self.addEventListener("messageerror", () => {
  throw new Error("A message to the worker could not be read.");
});
