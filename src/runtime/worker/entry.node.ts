import { parentPort, workerData } from "node:worker_threads";
import { openRuntime } from "../default.node.ts";
import { serve } from "./host.ts";
import type { FallbackNotice, Request } from "./protocol.ts";
import { Tasks } from "./tasks.ts";

const port = parentPort!;
const tasks = new Tasks(workerData as SharedArrayBuffer);
/** The caller's thread warns: it outlives its workers, and once is enough. */
const onFallback = (fallback: string) => port.postMessage({ fallback } satisfies FallbackNotice);
const answer = serve(
  (options) => openRuntime(options, onFallback),
  (reply, transfer) => port.postMessage(reply, transfer),
);
port.on("message", async (request: Request) => {
  await answer(request);
  tasks.end();
});
// Which request it was is not known, so none could be answered: the end of the worker rejects them all.
port.on("messageerror", (error) => {
  throw error;
});
