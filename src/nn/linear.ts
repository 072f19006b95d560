import type { Tensor } from "../graph/tensor.ts";
import { add } from "../ops/binary.ts";
import { matmul } from "../ops/matmul.ts";
import { type Initializer, xavierUniform, zeros } from "./initializers.ts";
import { type Params, param } from "./parameter.ts";

export const linearSpec = (dIn: number, dOut: number, initializer: Initializer = xavierUniform) => ({
  weight: param([dIn, dOut], initializer),
  bias: param([dOut], zeros),
});

/**
 * x W + b.
 *
 * Shape: [..., dIn] → [..., dOut].
 */
export const linear = (p: Params<typeof linearSpec>, x: Tensor): Tensor => add(matmul(x, p.weight), p.bias);
