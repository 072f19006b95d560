import { Worker } from "node:worker_threads";
import { warnOnce } from "../default.node.ts";
import type { Port } from "./connection.ts";
import type { FallbackNotice, Reply } from "./protocol.ts";
import { Tasks } from "./tasks.ts";

/** How long the process waits at its exit for a program that runs. */
const EXIT_WAIT = 30_000;

/** Starts a worker thread, whose script calls `serveThread`. */
export function startThread(entry: URL): Port {
  const tasks = new Tasks();
  const worker = new Worker(entry, { workerData: tasks.memory });
  open.set(worker, tasks);
  if (open.size === 1) process.on("exit", waitForAll);
  worker.on("exit", () => {
    open.delete(worker);
    if (open.size === 0) process.off("exit", waitForAll);
  });
  return portOf(worker, tasks);
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
