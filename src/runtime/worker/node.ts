import { Worker } from "node:worker_threads";
import { connect, type WorkerRuntime } from "./client.ts";
import type { Port } from "./connection.ts";
import type { WorkerOptions } from "./protocol.ts";

/**
 * A runtime in a worker thread: the event loop of the caller goes on while programs run. A process may end while such
 * a runtime is open, but not while a call is under way.
 */
export function workerRuntime(options: WorkerOptions = {}): Promise<WorkerRuntime> {
  const entry = import.meta.url.endsWith(".ts") ? "./entry.source.mjs" : "./entry.node.js";
  return connect(portOf(new Worker(new URL(entry, import.meta.url))), options);
}

function portOf(worker: Worker): Port {
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onReply: (listener) => worker.on("message", listener),
    onDeath(listener) {
      worker.on("error", (cause) => listener(`The worker that runs programs failed: ${cause.message}`, cause));
      worker.on("messageerror", (cause) => listener("A message of the worker could not be read.", cause));
      worker.on("exit", (code) => listener(`The worker that runs programs ended with exit code ${code}.`));
    },
    hold(alive) {
      if (alive) worker.ref();
      else worker.unref();
    },
    async terminate() {
      await worker.terminate();
    },
  };
}
