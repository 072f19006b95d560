import type { Dim } from "../../graph/dim.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { attention, causalMask, keyValue, paddingMask } from "../../nn/attention.ts";
import type { Context } from "../../nn/context.ts";
import { feedForward, gatedFeedForward } from "../../nn/feed-forward.ts";
import type { Params } from "../../nn/parameter.ts";
import { relativePositions } from "../../nn/positions.ts";
import { relativeBias } from "../../nn/relative-bias.ts";
import { rmsNorm, type rmsNormSpec } from "../../nn/rms-norm.ts";
import { add } from "../../ops/binary.ts";
import { gather } from "../../ops/gather.ts";
import { activationOf, type T5Config } from "./config.ts";
import type { decoderLayerSpec, encoderLayerSpec, T5Params } from "./spec.ts";

type EncoderLayer = Params<typeof encoderLayerSpec>;
type DecoderLayer = Params<typeof decoderLayerSpec>;
type Norm = Params<typeof rmsNormSpec>;

/** What the decoder needs of the source: the encoder's output, and where it is not padding. */
interface Memory {
  /** [batch, source, hiddenSize] */
  readonly states: Tensor;
  /** [batch, 1, 1, source] */
  readonly mask: Tensor;
}

/**
 * The encoder of T5 (Raffel et al. 2020, 2.1): the Transformer's, but normalised before each sub-layer and without biases;
 * scores tell positions.
 *
 * Shape: inputIds, attentionMask [batch, source] → states [batch, source, hiddenSize].
 */
export function encode(p: T5Params, inputIds: Tensor, attentionMask: Tensor, config: T5Config, ctx: Context): Memory {
  const { layers, norm } = p.encoder;
  const padding = paddingMask(attentionMask);
  const masks = masksOfLayers(layers, relativePositions(inputIds.shape[1]!), padding, true, config);
  let x = embed(p, inputIds, config, ctx);
  layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", encoderLayer(layer, x, masks[i]!, config, at));
  });
  return { states: normalised(norm, x, config, ctx), mask: padding };
}

/**
 * The decoder of T5: each position sees those before it, by how far they are, and the whole source.
 *
 * Shape: ids [batch, target] → states [batch, target, hiddenSize].
 */
export function decode(p: T5Params, ids: Tensor, memory: Memory, config: T5Config, ctx: Context): Tensor {
  const { layers, norm } = p.decoder!;
  const count: Dim = ids.shape[1]!;
  const causal = causalMask(count, ctx.past);
  const masks = masksOfLayers(layers, relativePositions(count, ctx.past), causal, false, config);
  let x = embed(p, ids, config, ctx);
  layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", decoderLayer(layer, x, masks[i]!, memory, config, at));
  });
  return normalised(norm, x, config, ctx);
}

function embed({ embedding }: T5Params, ids: Tensor, { dropoutRate }: T5Config, ctx: Context): Tensor {
  const at = ctx.at("embedding");
  return ctx.record("embedding", at.dropout(at.record("tokens", gather(embedding.tokens, ids)), dropoutRate));
}

function normalised(norm: Norm, x: Tensor, { layerNormEps, dropoutRate }: T5Config, ctx: Context): Tensor {
  return ctx.at("output").dropout(ctx.record("output", rmsNorm(norm, x, layerNormEps)), dropoutRate);
}

/** What is added to the scores of each layer: a mask, and biases of relative positions, its own or the first layer's. */
function masksOfLayers(
  layers: readonly Pick<EncoderLayer, "relativeAttentionBias">[],
  relative: Tensor,
  mask: Tensor,
  bidirectional: boolean,
  config: T5Config,
): Tensor[] {
  const { relativeAttentionNumBuckets: numBuckets, relativeAttentionMaxDistance: maxDistance } = config;
  let biased = mask;
  return layers.map(({ relativeAttentionBias: table }) => {
    if (table) biased = add(relativeBias(table, relative, { numBuckets, maxDistance, bidirectional }), mask);
    return biased;
  });
}

function encoderLayer(p: EncoderLayer, x: Tensor, mask: Tensor, config: T5Config, ctx: Context): Tensor {
  const heads = headsOf(config);
  const attended = sublayer(x, p.selfAttentionNorm, config, ctx.at("selfAttention"), (h, at) =>
    attention(p.selfAttention, h, keyValue(p.selfAttention, h, heads.numHeads), mask, heads, at),
  );
  return feedForwardSublayer(p, attended, config, ctx);
}

function decoderLayer(p: DecoderLayer, x: Tensor, mask: Tensor, memory: Memory, config: T5Config, ctx: Context) {
  const heads = headsOf(config);
  const attended = sublayer(x, p.selfAttentionNorm, config, ctx.at("selfAttention"), (h, at) => {
    const seen = at.behindPast(keyValue(p.selfAttention, h, heads.numHeads));
    return attention(p.selfAttention, h, seen, mask, heads, at);
  });
  const crossed = sublayer(attended, p.crossAttentionNorm, config, ctx.at("crossAttention"), (h, at) => {
    const seen = at.once(keyValue(p.crossAttention, memory.states, heads.numHeads));
    return attention(p.crossAttention, h, seen, memory.mask, heads, at);
  });
  return feedForwardSublayer(p, crossed, config, ctx);
}

/** Scores are not divided by √headDim: the first queries are that much smaller. */
const headsOf = (config: T5Config) => ({ numHeads: config.numAttentionHeads, dropout: config.dropoutRate, scale: 1 });

function feedForwardSublayer(
  { feedForward: p, feedForwardNorm }: Pick<EncoderLayer, "feedForward" | "feedForwardNorm">,
  x: Tensor,
  config: T5Config,
  ctx: Context,
): Tensor {
  const options = { activation: activationOf(config).activation, dropout: config.dropoutRate };
  return sublayer(x, feedForwardNorm, config, ctx.at("feedForward"), (h, at) =>
    p.gate ? gatedFeedForward({ ...p, gate: p.gate }, h, options, at) : feedForward(p, h, options, at),
  );
}

/** x + Dropout(f(norm(x))) */
function sublayer(x: Tensor, norm: Norm, config: T5Config, ctx: Context, f: (x: Tensor, ctx: Context) => Tensor) {
  const output = ctx.record("output", f(ctx.record("input", rmsNorm(norm, x, config.layerNormEps)), ctx));
  return ctx.record("residual", add(x, ctx.at("output").dropout(output, config.dropoutRate)));
}
