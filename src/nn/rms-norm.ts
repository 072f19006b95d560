import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul } from "../ops/binary.ts";
import { sumSquare } from "../ops/reduce.ts";
import { sqrt } from "../ops/unary.ts";
import { ones } from "./initializers.ts";
import { type Params, param } from "./parameter.ts";

export const rmsNormSpec = (width: number, initializer = ones) => ({ weight: param([width], initializer) });

/**
 * Normalisation by the root mean square (Zhang & Sennrich 2019, equation 4), with no mean taken off and no bias.
 *
 * @param epsilon Added to the mean square.
 *
 * Shape: [..., width] → [..., width].
 */
export function rmsNorm({ weight }: Params<typeof rmsNormSpec>, x: Tensor, epsilon: number): Tensor {
  const meanSquare = mul(sumSquare(x, [-1], true), 1 / (x.shape.at(-1) as number));
  return mul(div(x, sqrt(add(meanSquare, epsilon))), weight);
}
