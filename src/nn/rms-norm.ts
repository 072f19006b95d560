import type { Tensor } from "../graph/tensor.ts";
import { rmsNorm as rmsNormOp } from "../ops/rms-norm.ts";
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
export const rmsNorm = (p: Params<typeof rmsNormSpec>, x: Tensor, epsilon: number): Tensor =>
  rmsNormOp(x, p.weight, epsilon);
