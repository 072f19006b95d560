import type { Tensor } from "../graph/tensor.ts";
import { float32 } from "../graph/tensor-data.ts";
import { constant } from "../ops/constant.ts";
import { layerNorm as layerNormOp } from "../ops/layer-norm.ts";
import { ones, zeros } from "./initializers.ts";
import { param } from "./parameter.ts";

export const layerNormSpec = (dModel: number) => ({ weight: param([dModel], ones), bias: param([dModel], zeros) });

/** A norm of which a config says whether it has a bias. */
export const normSpec = (dModel: number, hasBias: boolean) => ({
  weight: param([dModel], ones),
  ...(hasBias ? { bias: param([dModel], zeros) } : {}),
});

/** What `layerNormSpec` or `normSpec` declares. */
export type NormParams = { readonly weight: Tensor; readonly bias?: Tensor };

/** PyTorch's default, which Marian, Pegasus and BART keep. */
const EPSILON = 1e-5;

/**
 * Layer normalisation (Ba et al. 2016).
 *
 * @param epsilon Added to the variance.
 *
 * Shape: [..., dModel] → [..., dModel].
 */
export function layerNorm({ weight, bias }: NormParams, x: Tensor, epsilon = EPSILON): Tensor {
  const width = weight.shape[0] as number;
  return layerNormOp(x, weight, bias ?? constant(float32([width], new Float32Array(width))), epsilon);
}
