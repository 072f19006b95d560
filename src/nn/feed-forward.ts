import type { Tensor } from "../graph/tensor.ts";
import { mul } from "../ops/binary.ts";
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

/**
 * A feed-forward network with a gate, (activation(x W₀ + b₀) ⊙ (x W₁ + b₁)) W₂ + b₂ (Shazeer 2020, "GLU Variants Improve
 * Transformer", equations 5 and 6).
 *
 * Shape: [..., dModel] → [..., dModel].
 */
export function gatedFeedForward(
  p: { readonly gate: LinearParams; readonly in: LinearParams; readonly out: LinearParams },
  x: Tensor,
  options: FeedForwardOptions,
  ctx: Context,
): Tensor {
  const pre = ctx.record("pre", linear(p.gate, x));
  const post = ctx.record("post", mul(activations[options.activation](pre), linear(p.in, x)));
  return linear(p.out, ctx.dropout(post, options.dropout));
}
