import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, div, equal, mul, where } from "../ops/binary.ts";
import { scalarConstant } from "../ops/constant.ts";
import { range } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { argMax, sum } from "../ops/reduce.ts";
import { reshape, slice } from "../ops/shape.ts";
import { cast } from "../ops/unary.ts";

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
 * The mean of the states of the positions whose mark is 1.
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
