import { Worker } from "node:worker_threads";
import { warnOnce } from "../default.node.ts";
import { connect, type WorkerRuntime } from "./client.ts";
import type { Port } from "./connection.ts";
import type { FallbackNotice, Reply, WorkerOptions } from "./protocol.ts";
import { Tasks } from "./tasks.ts";

/** How long the process waits at its exit for a program that runs. */
const EXIT_WAIT = 30_000;

/**
 * A runtime in a worker thread: the event loop of the caller goes on while programs run. A process may end while such
 * a runtime is open, but not while a call is under way.
 */
export function workerRuntime(options: WorkerOptions = {}): Promise<WorkerRuntime> {
  const entry = import.meta.url.endsWith(".ts") ? "./entry.source.mjs" : "./entry.node.js";
  const tasks = new Tasks();
  const worker = new Worker(new URL(entry, import.meta.url), { workerData: tasks.memory });
  open.set(worker, tasks);
  if (open.size === 1) process.on("exit", waitForAll);
  worker.on("exit", () => {
    open.delete(worker);
    if (open.size === 0) process.off("exit", waitForAll);
  });
  return connect(portOf(worker, tasks), options);
}

/** The workers that live. */
const open = new Map<Worker, Tasks>();

function waitForAll(): void {
  for (const tasks of open.values()) tasks.wait(EXIT_WAIT);
}

function portOf(worker: Worker, tasks: Tasks): Port {
  return {
    post(request, transfer) {
      worker.postMessage(request, transfer);
      tasks.begin();
    },
    onReply(listener) {
      worker.on("message", (message: Reply | FallbackNotice) => {
        if ("fallback" in message) warnOnce(message.fallback);
        else listener(message);
      });
    },
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
