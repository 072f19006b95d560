import type { GenerationOptions } from "../../generate/options.ts";
import type { Generation } from "../../generate/search.ts";
import type { RuntimeOptions } from "../../runtime/default.node.ts";

/** Options that can be posted. */
export type PostedOptions = Omit<GenerationOptions, "signal">;

/** What can be asked of a lane's thread. */
export interface LaneCalls {
  /** Opens the model of a folder; the first call. */
  open(folder: string, options: RuntimeOptions): void;
  generate(sources: readonly Int32Array[], options: PostedOptions): Generation[][];
  /** Ends the call of `generate` that is under way. */
  stop(): void;
  close(): void;
}
