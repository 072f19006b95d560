import type { Tensor } from "../graph/tensor.ts";
import { mul } from "../ops/binary.ts";
import { activations } from "./activations.ts";
import type { Context } from "./context.ts";
import type { FeedForwardOptions } from "./feed-forward.ts";
import { type LinearParams, linear } from "./linear.ts";

/**
 * A feed-forward network with a gate: FFN(x) = (act(x G) ⊙ x W₁) W₂ (Shazeer 2020, equation 6), of which each map may have
 * a bias.
 *
 * Shape: [..., width] → [..., width].
 */
export function gatedFeedForward(
  p: { readonly gate: LinearParams; readonly in: LinearParams; readonly out: LinearParams },
  x: Tensor,
  options: FeedForwardOptions,
  ctx: Context,
): Tensor {
  const pre = ctx.record("pre", linear(p.gate, x));
  const open = activations[options.activation](pre);
  const post = ctx.record("post", mul(open, ctx.record("linear", linear(p.in, x))));
  return linear(p.out, ctx.dropout(post, options.dropout));
}
