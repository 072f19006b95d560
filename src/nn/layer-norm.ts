import type { Tensor } from "../graph/tensor.ts";
import { layerNorm as layerNormOp } from "../ops/layer-norm.ts";
import { ones, zeros } from "./initializers.ts";
import { type Params, param } from "./parameter.ts";

export const layerNormSpec = (dModel: number) => ({ weight: param([dModel], ones), bias: param([dModel], zeros) });

/** PyTorch's default, which Marian, Pegasus and BART keep. */
const EPSILON = 1e-5;

/**
 * Layer normalisation (Ba et al. 2016).
 *
 * @param epsilon Added to the variance.
 *
 * Shape: [..., dModel] → [..., dModel].
 */
export const layerNorm = (p: Params<typeof layerNormSpec>, x: Tensor, epsilon = EPSILON): Tensor =>
  layerNormOp(x, p.weight, p.bias, epsilon);
