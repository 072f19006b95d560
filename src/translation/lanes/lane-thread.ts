import type { Lane } from "../../generate/lanes.ts";
import type { GenerationOptions } from "../../generate/options.ts";
import type { Generation } from "../../generate/search.ts";
import type { Ids } from "../../inference/sequences.ts";
import type { Model } from "../../models/model.ts";
import type { RuntimeOptions } from "../../runtime/default.node.ts";
import { Connection } from "../../runtime/worker/connection.ts";
import { copyTensor } from "../../runtime/worker/protocol.ts";
import { startThread } from "../../runtime/worker/thread.ts";
import type { LaneCalls } from "./protocol.ts";

/** A lane in a thread of its own. */
export class LaneThread implements Lane {
  readonly #connection: Connection<LaneCalls>;
  #calls = 0;

  private constructor(connection: Connection<LaneCalls>) {
    this.#connection = connection;
  }

  /** Opens a model, of which it has a copy, in a new thread. Errors: RUNTIME_UNAVAILABLE. */
  static async start({ family, config, parameters }: Model, options: RuntimeOptions): Promise<LaneThread> {
    const entry = import.meta.url.endsWith(".ts") ? "./entry.source.mjs" : "./entry.node.js";
    const connection = new Connection<LaneCalls>(startThread(new URL(entry, import.meta.url)));
    try {
      await connection.call("open", [family.modelType, config, options]);
      // One by one, so that no copy holds the event loop for long.
      for (const [path, numbers] of parameters) {
        const copy = copyTensor(numbers);
        await connection.call("parameter", [path, copy], [copy.data.buffer]);
      }
    } catch (error) {
      await connection.terminate();
      throw error;
    }
    return new LaneThread(connection);
  }

  async generate(sources: readonly Ids[], { signal, ...options }: GenerationOptions): Promise<Generation[][]> {
    const call = this.#calls++;
    const stop = () => this.#connection.call("stop", [call]).catch(() => undefined);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const posted = sources.map((ids) => Int32Array.from(ids));
      return await this.#connection.call("generate", [call, posted, options]);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Ends the thread once its call is over. */
  async dispose(): Promise<void> {
    await this.#connection.call("close", []).catch(() => undefined);
    await this.#connection.terminate();
  }
}
