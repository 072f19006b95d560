import { parentPort, workerData } from "node:worker_threads";
import { type Handlers, serve } from "./host.ts";
import type { CallTable, FallbackNotice, Request } from "./protocol.ts";
import { Tasks } from "./tasks.ts";

/**
 * Serves a thread that `startThread` has started.
 *
 * @param createHandlers Is given what to tell where a slower engine is used: the caller's thread warns, which outlives
 *   its workers, and once is enough.
 */
export function serveThread<C extends CallTable<C>>(
  createHandlers: (onFallback: (reason: string) => void) => Handlers<C>,
): void {
  const port = parentPort!;
  const tasks = new Tasks(workerData as SharedArrayBuffer);
  const handlers = createHandlers((fallback) => port.postMessage({ fallback } satisfies FallbackNotice));
  const answer = serve(handlers, (reply, transfer) => port.postMessage(reply, transfer));
  port.on("message", async (request: Request) => {
    await answer(request);
    tasks.end();
  });
  // Which request it was is not known, so none could be answered: the end of the worker rejects them all.
  port.on("messageerror", (error) => {
    throw error;
  });
}
