import { parentPort, workerData } from "node:worker_threads";
import { register } from "tsx/esm/api";

register(); // Threads of Node.js 20 read TypeScript only where they ask for it themselves.
const { lockRun } = await import("../../src/translation/run-lock.ts");

/** A thread that has the lock of a folder, its data, until it hears a word. */
const lock = await lockRun(workerData);
parentPort.once("message", async () => {
  await lock[Symbol.asyncDispose]();
  parentPort.postMessage("released");
});
parentPort.postMessage("taken");
