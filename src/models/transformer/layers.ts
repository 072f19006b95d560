import type { Tensor } from "../../graph/tensor.ts";
import { activations } from "../../nn/activations.ts";
import {
  attention,
  attentionToAll,
  attentionToMemory,
  attentionToPast,
  type KeyValue,
  keyValue,
  type NewKeyValue,
} from "../../nn/attention.ts";
import type { Context } from "../../nn/context.ts";
import { feedForward } from "../../nn/feed-forward.ts";
import { addLayerNorm, layerNorm, type layerNormSpec } from "../../nn/layer-norm.ts";
import { linear, type linearSpec } from "../../nn/linear.ts";
import type { Params } from "../../nn/parameter.ts";
import { add } from "../../ops/binary.ts";
import { matmul } from "../../ops/matmul.ts";
import type { TransformerConfig } from "./config.ts";
import type { decoderLayerSpec, encoderLayerSpec } from "./spec.ts";

type EncoderLayer = Params<typeof encoderLayerSpec>;
type DecoderLayer = Params<typeof decoderLayerSpec>;
type Norm = Params<typeof layerNormSpec>;

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
 * `encoderLayer` before the steps of decoding, with its attention as one kernel.
 *
 * Shape: x [batch, source, dModel], attended [batch, source] (1 = attend) → as x.
 */
export function encoderLayerForSteps(
  p: EncoderLayer,
  x: Tensor,
  attended: Tensor,
  config: TransformerConfig,
  ctx: Context,
) {
  const seen = sublayer(x, p.selfAttentionNorm, config, ctx.at("selfAttention"), (h) =>
    attentionToAll(p.selfAttention, h, attended, config.encoderAttentionHeads),
  );
  return feedForwardSublayer(p, seen, config, ctx);
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
  const attended = sublayer(x, p.selfAttentionNorm, config, ctx.at("selfAttention"), (h, at) =>
    attention(p.selfAttention, h, keyValue(p.selfAttention, h, heads.numHeads), masks.self, heads, at),
  );
  const memoryKeyValue = keyValue(p.crossAttention, memory, heads.numHeads);
  const crossed = crossAttentionSublayer(p, attended, memoryKeyValue, masks.memory, config, ctx);
  return feedForwardSublayer(p, crossed, config, ctx);
}

/**
 * A decoder layer at new positions, with the keys and values of earlier positions cached and those of the memory
 * computed once.
 *
 * Shape: x [batch, new, dModel] → as x, the keys and values [batch, new, dModel] to append to the cache, and the cache
 * with them.
 */
export function decoderLayerStep(
  p: DecoderLayer,
  x: Tensor,
  state: { readonly cache: KeyValue; readonly memory: KeyValue; readonly attended: Tensor },
  mask: Tensor,
  config: TransformerConfig,
): { x: Tensor; appended: NewKeyValue; grown: KeyValue } {
  const heads = config.decoderAttentionHeads;
  const { selfAttention, crossAttention, feedForward: ffn } = p;
  let cached: { appended: NewKeyValue; grown: KeyValue } | undefined;
  const attended = sublayerStep(x, p.selfAttentionNorm, selfAttention.output, config, (h) => {
    const { context, ...others } = attentionToPast(selfAttention, h, state.cache, mask, heads);
    cached = others;
    return context;
  });
  const crossed = sublayerStep(attended, p.crossAttentionNorm, crossAttention.output, config, (h) =>
    attentionToMemory(crossAttention, h, state.memory, state.attended, heads),
  );
  const activation = activations[config.activationFunction];
  const fed = sublayerStep(crossed, p.feedForwardNorm, ffn.out, config, (h) => activation(linear(ffn.in, h)));
  return { x: fed, ...cached! };
}

/** `sublayer` in decoding, of which f leaves out the last projection: in post-norm its bias is added with the residual. */
function sublayerStep(
  x: Tensor,
  norm: Norm,
  output: Params<typeof linearSpec>,
  config: TransformerConfig,
  f: (x: Tensor) => Tensor,
): Tensor {
  if (config.normalizeBefore) return add(x, linear(output, f(layerNorm(norm, x))));
  return addLayerNorm(norm, matmul(f(x), output.weight), x, output.bias);
}

function crossAttentionSublayer(
  p: DecoderLayer,
  x: Tensor,
  memory: KeyValue,
  mask: Tensor,
  config: TransformerConfig,
  ctx: Context,
): Tensor {
  const heads = { numHeads: config.decoderAttentionHeads, dropout: config.attentionDropout };
  return sublayer(x, p.crossAttentionNorm, config, ctx.at("crossAttention"), (h, at) =>
    attention(p.crossAttention, h, memory, mask, heads, at),
  );
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
  norm: Norm,
  config: TransformerConfig,
  ctx: Context,
  f: (x: Tensor, ctx: Context) => Tensor,
): Tensor {
  const input = ctx.record("input", config.normalizeBefore ? layerNorm(norm, x) : x);
  const output = ctx.record("output", f(input, ctx));
  const residual = ctx.record("residual", add(x, ctx.at("output").dropout(output, config.dropout)));
  return config.normalizeBefore ? residual : layerNorm(norm, residual);
}
