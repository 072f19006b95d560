import type { GenerationOptions } from "../../generate/options.ts";
import type { Generation } from "../../generate/search.ts";
import type { ModelConfig } from "../../models/family.ts";
import type { RuntimeOptions } from "../../runtime/default.node.ts";
import type { PostedTensor } from "../../runtime/worker/protocol.ts";

/** Options that can be posted. */
export type PostedOptions = Omit<GenerationOptions, "signal">;

/** What can be asked of a lane's thread. */
export interface LaneCalls {
  /** Opens a model whose parameters follow; the first call. */
  open(modelType: string, config: ModelConfig, options: RuntimeOptions): void;
  /** Takes in a parameter; before anything is generated. */
  parameter(path: string, numbers: PostedTensor): void;
  /** Several may be under way at once: each has a number. */
  generate(call: number, sources: readonly Int32Array[], options: PostedOptions): Generation[][];
  /** Ends a call of `generate`. */
  stop(call: number): void;
  close(): void;
}
