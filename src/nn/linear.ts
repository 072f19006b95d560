import type { Tensor } from "../graph/tensor.ts";
import { add } from "../ops/binary.ts";
import { matmul } from "../ops/matmul.ts";
import { xavierUniform, zeros } from "./initializers.ts";
import { type Params, param } from "./parameter.ts";

export const linearSpec = (dIn: number, dOut: number) => ({
  weight: param([dIn, dOut], xavierUniform),
  bias: param([dOut], zeros),
});

/**
 * x W + b.
 *
 * Shape: [..., dIn] → [..., dOut].
 */
export const linear = (p: Params<typeof linearSpec>, x: Tensor): Tensor => add(matmul(x, p.weight), p.bias);
