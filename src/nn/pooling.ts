import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import { add, div, equal, greater, mul, where } from "../ops/binary.ts";
import { scalarConstant } from "../ops/constant.ts";
import { range, take } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { argMax, sum, sumSquare } from "../ops/reduce.ts";
import { concat, reshape, slice, transpose } from "../ops/shape.ts";
import { cast, sqrt } from "../ops/unary.ts";

/** The state of the first position. Shape: states [batch, positions, width] → [batch, width]. */
export function firstState(states: Tensor): Tensor {
  const [batch, , width] = states.shape as [Dim, Dim, Dim];
  return reshape(slice(states, 1, 0, 1), [batch, width]);
}

/**
 * The state of the last position whose mark is 1; of the first where there is none.
 *
 * Shape: states [batch, positions, width], marks [batch, positions] int32 → [batch, width].
 */
export function lastState(states: Tensor, marks: Tensor): Tensor {
  const [batch, positions, width] = states.shape as [Dim, Dim, Dim];
  const places = range(positions);
  const last = argMax(mul(marks, add(places, 1)));
  const chosen = cast(equal(reshape(last, [batch, 1]), reshape(places, [1, positions])), "float32");
  return reshape(matmul(reshape(chosen, [batch, 1, positions]), states), [batch, width]);
}

/**
 * The mean of the states of the positions whose mark is 1; with other marks, weighted by them.
 *
 * Shape: states [batch, positions, width], marks [batch, positions] int32 → [batch, width].
 */
export function meanState(states: Tensor, marks: Tensor): Tensor {
  const [batch, positions, width] = states.shape as [Dim, Dim, Dim];
  const weights = cast(marks, "float32");
  const total = reshape(matmul(reshape(weights, [batch, 1, positions]), states), [batch, width]);
  const count = sum(weights, [1], true);
  return div(total, where(equal(count, 0), scalarConstant(1), count));
}

/**
 * The largest number at each place of the states, over the positions whose mark is 1.
 *
 * Shape: states [batch, positions, width], marks [batch, positions] int32 → [batch, width].
 */
export function maxState(states: Tensor, marks: Tensor): Tensor {
  const [batch, positions, width] = states.shape as [Dim, Dim, Dim];
  const isPadding = equal(reshape(marks, [batch, 1, positions]), 0);
  const byPlace = where(isPadding, FORBIDDEN, transpose(states, [0, 2, 1]));
  return reshape(take(byPlace, reshape(argMax(byPlace), [batch, width, 1])), [batch, width]);
}

/** Ways to make one vector of the states of a sequence, as sentence-transformers names them. */
export const poolings = {
  cls: firstState,
  max: maxState,
  mean: meanState,
  /** The sum of the states over the root of their number. */
  mean_sqrt_len_tokens(states: Tensor, marks: Tensor): Tensor {
    return mul(meanState(states, marks), sqrt(sum(cast(marks, "float32"), [1], true)));
  },
  /** The mean, in which a position weighs as much as its number, from 1 (Muennighoff 2022, 4.1). */
  weightedmean(states: Tensor, marks: Tensor): Tensor {
    return meanState(states, mul(marks, add(range(states.shape[1]!), 1)));
  },
  lasttoken: lastState,
} as const satisfies Record<string, (states: Tensor, marks: Tensor) => Tensor>;

export type PoolingMode = keyof typeof poolings;

/** How the states of a sequence become one vector. */
export interface Pooling {
  /** Of several, the vectors are put one behind the other. */
  readonly modes: readonly PoolingMode[];
  /** Whether the vector is divided by its length. */
  readonly normalize: boolean;
}

/**
 * One vector of the states of the positions whose mark is 1 (Reimers & Gurevych 2019, section 3).
 *
 * Shape: states [batch, positions, width], marks [batch, positions] int32 → [batch, modes · width].
 */
export function pool({ modes, normalize }: Pooling, states: Tensor, marks: Tensor): Tensor {
  const found = modes.map((mode) => poolings[mode](states, marks));
  const whole = found.length === 1 ? found[0]! : concat(found, -1);
  return normalize ? unitLength(whole) : whole;
}

/** As PyTorch's `normalize` has it: what is shorter is not made as long as 1. */
const SHORTEST = 1e-12;

/** Vectors divided by their lengths. Shape: [..., width] → as x. */
function unitLength(x: Tensor): Tensor {
  const length = sqrt(sumSquare(x, [x.rank - 1], true));
  return div(x, where(greater(length, SHORTEST), length, SHORTEST));
}
