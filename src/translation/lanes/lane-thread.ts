import type { Lane } from "../../generate/lanes.ts";
import type { GenerationOptions } from "../../generate/options.ts";
import type { Generation } from "../../generate/search.ts";
import type { Ids } from "../../inspect/sequences.ts";
import type { RuntimeOptions } from "../../runtime/default.node.ts";
import { Connection } from "../../runtime/worker/connection.ts";
import { startThread } from "../../runtime/worker/thread.ts";
import type { LaneCalls } from "./protocol.ts";

/** A lane in a thread of its own. */
export class LaneThread implements Lane {
  readonly #connection: Connection<LaneCalls>;

  private constructor(connection: Connection<LaneCalls>) {
    this.#connection = connection;
  }

  /** Opens the model of a folder in a new thread. Errors: those of `loadModel`, RUNTIME_UNAVAILABLE. */
  static async start(folder: string, options: RuntimeOptions): Promise<LaneThread> {
    const entry = import.meta.url.endsWith(".ts") ? "./entry.source.mjs" : "./entry.node.js";
    const connection = new Connection<LaneCalls>(startThread(new URL(entry, import.meta.url)));
    try {
      await connection.call("open", [folder, options]);
    } catch (error) {
      await connection.terminate();
      throw error;
    }
    return new LaneThread(connection);
  }

  async generate(sources: readonly Ids[], { signal, ...options }: GenerationOptions): Promise<Generation[][]> {
    const stop = () => this.#connection.call("stop", []).catch(() => undefined);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const posted = sources.map((ids) => Int32Array.from(ids));
      return await this.#connection.call("generate", [posted, options]);
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
