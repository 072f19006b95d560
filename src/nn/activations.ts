import type { Tensor } from "../graph/tensor.ts";
import { add, mul } from "../ops/binary.ts";
import { gelu, relu, sigmoid, silu, tanh } from "../ops/unary.ts";

/** GELU by tanh: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))) (Hendrycks & Gimpel 2016, section 2). */
const geluByTanh = (x: Tensor): Tensor => {
  const cubic = mul(add(mul(mul(x, x), 0.044715), 1), mul(x, Math.sqrt(2 / Math.PI)));
  return mul(mul(x, 0.5), add(tanh(cubic), 1));
};

/** GELU by the logistic function: x · sigmoid(1.702 x) (Hendrycks & Gimpel 2016, section 2). */
const geluBySigmoid = (x: Tensor): Tensor => mul(x, sigmoid(mul(x, 1.702)));

/** Activation functions by the names that Hugging Face's configs use. */
export const activations = {
  relu,
  gelu,
  gelu_new: geluByTanh,
  gelu_fast: geluByTanh,
  gelu_pytorch_tanh: geluByTanh,
  quick_gelu: geluBySigmoid,
  silu,
  swish: silu,
  tanh,
  sigmoid,
  linear: (x: Tensor): Tensor => x,
} as const satisfies Record<string, (x: Tensor) => Tensor>;

export type ActivationName = keyof typeof activations;
