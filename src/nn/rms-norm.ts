import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul } from "../ops/binary.ts";
import { sumSquare } from "../ops/reduce.ts";
import { sqrt } from "../ops/unary.ts";
import { ones } from "./initializers.ts";
import { type Params, param } from "./parameter.ts";

export const rmsNormSpec = (dModel: number) => ({ weight: param([dModel], ones) });

/**
 * Root mean square layer normalisation: x / √(mean(x²) + ε) · weight (Zhang & Sennrich 2019, equation 4).
 *
 * @param epsilon Added to the mean of squares.
 *
 * Shape: [..., dModel] → [..., dModel].
 */
export function rmsNorm({ weight }: Params<typeof rmsNormSpec>, x: Tensor, epsilon: number): Tensor {
  const width = (x.shape as readonly Dim[]).at(-1) as number;
  const mean = mul(sumSquare(x, [-1], true), 1 / width);
  return mul(div(x, sqrt(add(mean, epsilon))), weight);
}
