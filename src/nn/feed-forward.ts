import type { Tensor } from "../graph/tensor.ts";
import { type ActivationName, activations } from "./activations.ts";
import type { Context } from "./context.ts";
import { type LinearParams, linear, linearSpec } from "./linear.ts";

export const feedForwardSpec = (dModel: number, dFf: number) => ({
  in: linearSpec(dModel, dFf),
  out: linearSpec(dFf, dModel),
});

export interface FeedForwardOptions {
  readonly activation: ActivationName;
  /** Dropout after the activation. */
  readonly dropout: number;
}

/**
 * The position-wise feed-forward network, FFN(x) = max(0, x W₁ + b₁) W₂ + b₂ ("Attention Is All You Need", 3.3,
 * equation 2), with any activation.
 *
 * Shape: [..., dModel] → [..., dModel].
 */
export function feedForward(
  p: { readonly in: LinearParams; readonly out: LinearParams },
  x: Tensor,
  options: FeedForwardOptions,
  ctx: Context,
): Tensor {
  const pre = ctx.record("pre", linear(p.in, x));
  const post = ctx.record("post", activations[options.activation](pre));
  return linear(p.out, ctx.dropout(post, options.dropout));
}
