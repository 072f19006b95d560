import { HeedError } from "../error.ts";
import { randomMask } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { mul } from "../ops/binary.ts";
import { dequantize } from "../ops/unary.ts";

/** What a layer knows of the call that it is part of. */
export interface Context {
  readonly training: boolean;
  /** The same context one level down: `at("layers").at("0")`. */
  at(name: string): Context;
  /**
   * Zeroes each element with probability `rate` and scales the rest by 1 / (1 − rate), in training only
   * (Srivastava et al. 2014). The mask depends on the path here, so a path has one dropout.
   */
  dropout(x: Tensor, rate: number): Tensor;
  /** Names an activation: it becomes an output of the program where it was asked for. Returns `x`. */
  record(name: string, x: Tensor): Tensor;
  /** Names an activation that the model itself does without: it is made only where it was asked for. */
  derive(name: string, make: () => Tensor): void;
}

export interface ContextOptions {
  readonly training: boolean;
  /** Whether the activation of that path is asked for. */
  readonly records?: (path: string) => boolean;
}

/** A context at the root of a model, and the activations recorded while the model is traced. */
export function createContext(options: ContextOptions): Context & { readonly recorded: ReadonlyMap<string, Tensor> } {
  const recorded = new Map<string, Tensor>();
  const dropouts = new Set<string>();
  const at = (path: string): Context => ({
    training: options.training,
    at: (name) => at(join(path, name)),
    dropout(x, rate) {
      if (!options.training || rate === 0) return x;
      if (dropouts.has(path)) throw new HeedError("GRAPH_INVALID", `Two dropouts share the path "${path}".`, { path });
      dropouts.add(path);
      return mul(x, dequantize(randomMask(`dropout.${path}`, x.shape, 1 - rate), 1 / (1 - rate)));
    },
    record(name, x) {
      const full = join(path, name);
      if (options.records?.(full)) recorded.set(full, x);
      return x;
    },
    derive(name, make) {
      const full = join(path, name);
      if (options.records?.(full)) recorded.set(full, make());
    },
  });
  return { ...at(""), recorded };
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
