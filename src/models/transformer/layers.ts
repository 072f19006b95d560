import type { Tensor } from "../../graph/tensor.ts";
import { attention, keyValue } from "../../nn/attention.ts";
import type { Context } from "../../nn/context.ts";
import { feedForward } from "../../nn/feed-forward.ts";
import { layerNorm, type layerNormSpec } from "../../nn/layer-norm.ts";
import type { Params } from "../../nn/parameter.ts";
import { add } from "../../ops/binary.ts";
import type { TransformerConfig } from "./config.ts";
import type { decoderLayerSpec, encoderLayerSpec } from "./spec.ts";

type EncoderLayer = Params<typeof encoderLayerSpec>;
type DecoderLayer = Params<typeof decoderLayerSpec>;

/**
 * An encoder layer ("Attention Is All You Need", 3.1): self-attention, then the feed-forward network.
 *
 * Shape: x [batch, source, dModel], mask [batch, 1, 1, source] → as x.
 */
export function encoderLayer(p: EncoderLayer, x: Tensor, mask: Tensor, config: TransformerConfig, ctx: Context) {
  const heads = { numHeads: config.encoderAttentionHeads, dropout: config.attentionDropout };
  const attended = sublayer(x, p.selfAttentionNorm, config, ctx.at("selfAttention"), (h, at) =>
    attention(p.selfAttention, h, keyValue(p.selfAttention, h, heads.numHeads), mask, heads, at),
  );
  return feedForwardSublayer(p, attended, config, ctx);
}

/**
 * A decoder layer ("Attention Is All You Need", 3.1): masked self-attention, attention to the encoder's output, then the
 * feed-forward network. `masks.self` keeps a position from seeing later ones.
 *
 * Shape: x [batch, target, dModel], memory [batch, source, dModel] → as x.
 */
export function decoderLayer(
  p: DecoderLayer,
  x: Tensor,
  memory: Tensor,
  masks: { readonly self: Tensor; readonly memory: Tensor },
  config: TransformerConfig,
  ctx: Context,
): Tensor {
  const heads = { numHeads: config.decoderAttentionHeads, dropout: config.attentionDropout };
  const attended = sublayer(x, p.selfAttentionNorm, config, ctx.at("selfAttention"), (h, at) => {
    const seen = at.behindPast(keyValue(p.selfAttention, h, heads.numHeads));
    return attention(p.selfAttention, h, seen, masks.self, heads, at);
  });
  const crossed = sublayer(attended, p.crossAttentionNorm, config, ctx.at("crossAttention"), (h, at) => {
    const seen = at.once(keyValue(p.crossAttention, memory, heads.numHeads));
    return attention(p.crossAttention, h, seen, masks.memory, heads, at);
  });
  return feedForwardSublayer(p, crossed, config, ctx);
}

function feedForwardSublayer(
  p: Pick<EncoderLayer, "feedForward" | "feedForwardNorm">,
  x: Tensor,
  config: TransformerConfig,
  ctx: Context,
) {
  const options = { activation: config.activationFunction, dropout: config.activationDropout };
  return sublayer(x, p.feedForwardNorm, config, ctx.at("feedForward"), (h, at) =>
    feedForward(p.feedForward, h, options, at),
  );
}

/**
 * The residual connection around a sub-layer. Post-norm, as in the paper (3.1, 5.4): LayerNorm(x + Dropout(f(x))).
 * Pre-norm (Xiong et al. 2020): x + Dropout(f(LayerNorm(x))).
 */
function sublayer(
  x: Tensor,
  norm: Params<typeof layerNormSpec>,
  config: TransformerConfig,
  ctx: Context,
  f: (x: Tensor, ctx: Context) => Tensor,
): Tensor {
  const input = ctx.record("input", config.normalizeBefore ? layerNorm(norm, x) : x);
  const output = ctx.record("output", f(input, ctx));
  const residual = ctx.record("residual", add(x, ctx.at("output").dropout(output, config.dropout)));
  return config.normalizeBefore ? residual : layerNorm(norm, residual);
}
