import { HeedError } from "../error.ts";
import { randomMask } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { mul } from "../ops/binary.ts";
import { dequantize } from "../ops/unary.ts";

/** Where the positions that are computed stand, in decoding: behind others that were computed before. */
export interface Past {
  /** Of the new positions, counted from 0. Shape: [batch, new] int32. */
  readonly positions: Tensor;
  /**
   * Of what is seen: of each slot of the caches, which are in no order, then of the new positions.
   *
   * Shape: [batch, past + new] int32.
   */
  readonly keyPositions: Tensor;
  /**
   * Added to scores: 0 where a new position sees a slot or another new position, FORBIDDEN elsewhere.
   *
   * Shape: [batch, 1, new, past + new].
   */
  readonly mask: Tensor;
}

/** Tensors by name. */
export type Named = Readonly<Record<string, Tensor>>;

/** What a layer knows of the call that it is part of. */
export interface Context {
  readonly training: boolean;
  /** Undefined where every position is given at once. */
  readonly past: Past | undefined;
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
  /**
   * Numbers of each position, behind those of the past: decoding caches them.
   *
   * Shape: each [batch, …, positions, width] → as given, or with the past and the new positions in place of these.
   */
  behindPast<T extends Named>(xs: T): T;
  /** Numbers that depend on nothing that is written: decoding computes them once for each input. */
  once<T extends Named>(xs: T): T;
}

/** What decoding does with what a model wants kept from call to call. Paths are those of the contexts, with the name. */
export interface Keeping {
  readonly past?: Past;
  behindPast?(path: string, x: Tensor): Tensor;
  once?(path: string, x: Tensor): Tensor;
}

export interface ContextOptions {
  readonly training: boolean;
  /** Whether the activation of that path is asked for. */
  readonly records?: (path: string) => boolean;
  readonly keeping?: Keeping;
}

/** A context at the root of a model, and the activations recorded while the model is traced. */
export function createContext(options: ContextOptions): Context & { readonly recorded: ReadonlyMap<string, Tensor> } {
  const recorded = new Map<string, Tensor>();
  const dropouts = new Set<string>();
  const { training, records, keeping = {} } = options;
  const at = (path: string): Context => ({
    training,
    past: keeping.past,
    at: (name) => at(join(path, name)),
    dropout(x, rate) {
      if (!training || rate === 0) return x;
      if (dropouts.has(path)) throw new HeedError("GRAPH_INVALID", `Two dropouts share the path "${path}".`, { path });
      dropouts.add(path);
      return mul(x, dequantize(randomMask(`dropout.${path}`, x.shape, 1 - rate), 1 / (1 - rate)));
    },
    record(name, x) {
      const full = join(path, name);
      if (records?.(full)) recorded.set(full, x);
      return x;
    },
    derive(name, make) {
      const full = join(path, name);
      if (records?.(full)) recorded.set(full, make());
    },
    behindPast: (xs) => keep(xs, path, keeping.behindPast),
    once: (xs) => keep(xs, path, keeping.once),
  });
  return { ...at(""), recorded };
}

function keep<T extends Named>(xs: T, path: string, how: ((path: string, x: Tensor) => Tensor) | undefined): T {
  if (how === undefined) return xs;
  return Object.fromEntries(Object.entries(xs).map(([name, x]) => [name, how(join(path, name), x)])) as unknown as T;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
