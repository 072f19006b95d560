import type { Tensor } from "../graph/tensor.ts";
import { add } from "../ops/binary.ts";
import { matmul } from "../ops/matmul.ts";
import { type Initializer, xavierUniform, zeros } from "./initializers.ts";
import { type Params, param } from "./parameter.ts";

export const linearSpec = (dIn: number, dOut: number, initializer: Initializer = xavierUniform) => ({
  ...matrixSpec(dIn, dOut, initializer),
  bias: param([dOut], zeros),
});

/** A linear map without a bias. */
export const matrixSpec = (dIn: number, dOut: number, initializer: Initializer = xavierUniform) => ({
  weight: param([dIn, dOut], initializer),
});

/** A linear map of which a config says whether it has a bias. */
export const affineSpec = (dIn: number, dOut: number, hasBias: boolean, initializer = xavierUniform) => ({
  ...matrixSpec(dIn, dOut, initializer),
  ...(hasBias ? { bias: param([dOut], zeros) } : {}),
});

/** What `linearSpec`, `matrixSpec` or `affineSpec` declares. */
export type LinearParams = Params<typeof matrixSpec> & { readonly bias?: Tensor };

/**
 * x W + b, or x W where there is no bias.
 *
 * Shape: [..., dIn] → [..., dOut].
 */
export function linear({ weight, bias }: LinearParams, x: Tensor): Tensor {
  const product = matmul(x, weight);
  return bias ? add(product, bias) : product;
}
