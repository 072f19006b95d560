import type { Runtime } from "../../graph/runtime.ts";
import type { RuntimeOptions } from "../default.node.ts";
import { connect } from "./client.ts";
import { startThread } from "./thread.ts";

/**
 * A runtime in a worker thread: the event loop of the caller goes on while programs run. A process may end while such
 * a runtime is open, but not while a call is under way.
 */
export function workerRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const entry = import.meta.url.endsWith(".ts") ? "./entry.source.mjs" : "./entry.node.js";
  return connect(startThread(new URL(entry, import.meta.url)), options);
}
