import type { Runtime } from "../../graph/runtime.ts";
import type { RuntimeOptions } from "../default.browser.ts";
import { webDevice } from "../web-engine.ts";
import { connect } from "./client.ts";
import type { Port } from "./connection.ts";

/** A runtime in a web worker: the page stays responsive while programs run. */
export async function workerRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  return connect(portOf(startWorker(webDevice(options.device))), options);
}

/** Bundlers know a worker by this form, and only with a fixed address. */
function startWorker(device: "wasm" | "webgpu"): Worker {
  return device === "webgpu"
    ? new Worker(new URL("./entry.webgpu.js", import.meta.url), { type: "module" })
    : new Worker(new URL("./entry.wasm.js", import.meta.url), { type: "module" });
}

function portOf(worker: Worker): Port {
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onReply: (listener) => worker.addEventListener("message", ({ data }) => listener(data)),
    onDeath(listener) {
      worker.addEventListener("error", (event) => {
        listener(`The worker that runs programs failed: ${event.message || "its script could not be loaded"}`, event);
      });
      worker.addEventListener("messageerror", (event) => listener("A message of the worker could not be read.", event));
    },
    hold: () => undefined,
    terminate: async () => worker.terminate(),
  };
}
