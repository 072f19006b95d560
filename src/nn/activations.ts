import type { Tensor } from "../graph/tensor.ts";
import { gelu, relu, silu } from "../ops/unary.ts";

/** Activation functions by the names that Hugging Face's configs use. */
export const activations = {
  relu,
  gelu,
  silu,
  swish: silu,
} as const satisfies Record<string, (x: Tensor) => Tensor>;

export type ActivationName = keyof typeof activations;
