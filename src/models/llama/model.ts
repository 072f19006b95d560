import type { Dim } from "../../graph/dim.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { attentionOfHeads, causalMask, mergeHeads, splitHeads, windowMask } from "../../nn/attention.ts";
import type { Context, Past } from "../../nn/context.ts";
import { gatedFeedForward } from "../../nn/feed-forward.ts";
import { linear } from "../../nn/linear.ts";
import type { Params } from "../../nn/parameter.ts";
import { rmsNorm } from "../../nn/rms-norm.ts";
import { type Rotation, rotate } from "../../nn/rotary.ts";
import { add, mul } from "../../ops/binary.ts";
import { gather } from "../../ops/gather.ts";
import { ropeRotation } from "../rope.ts";
import { headWidth, keyHeads, type LayerType, type LlamaConfig, layerTypeOf } from "./config.ts";
import type { LlamaParams, layerSpec } from "./spec.ts";

type Layer = Params<typeof layerSpec>;
type Norm = LlamaParams["norm"];

/** What tells the positions of a call to a layer. */
interface Positions {
  readonly mask: Tensor;
  /** Undefined in layers that do not turn. */
  readonly rotation: Rotation | undefined;
}

/**
 * Llama (Touvron et al. 2023, 2.2): a stack of decoder layers, normalised before by root mean squares, with rotary positions
 * and gated feed-forward networks.
 *
 * Shape: inputIds [batch, positions] → states [batch, positions, hiddenSize].
 */
export function llamaStates(p: LlamaParams, inputIds: Tensor, config: LlamaConfig, ctx: Context): Tensor {
  const positionsOf = positionsOfLayers(config, inputIds.shape[1]!, ctx.past);
  let x = embed(p, inputIds, config, ctx);
  p.layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", decoderLayer(layer, x, positionsOf(i), config, at));
  });
  return ctx.record("output", norm(p.norm, x, config));
}

function embed({ embedding }: LlamaParams, ids: Tensor, config: LlamaConfig, ctx: Context): Tensor {
  const found = gather(embedding.tokens, ids);
  const scaled = config.scaleEmbedding ? mul(found, Math.sqrt(config.hiddenSize)) : found;
  return ctx.record("embedding", ctx.at("embedding").record("tokens", scaled));
}

/** The mask and the rotation of each layer: those of one type share them. */
function positionsOfLayers(config: LlamaConfig, count: Dim, past: Past | undefined): (layer: number) => Positions {
  const { ropeParameters, slidingRopeParameters, maxPositionEmbeddings, noRopeLayers, slidingWindow } = config;
  const of = { headDim: headWidth(config), maxPositionEmbeddings };
  const whole = { mask: causalMask(count, past), rotation: ropeRotation(ropeParameters, of, count, past) };
  const window: Positions = {
    mask: slidingWindow === undefined ? whole.mask : windowMask(whole.mask, slidingWindow, count, past),
    rotation: slidingRopeParameters ? ropeRotation(slidingRopeParameters, of, count, past) : whole.rotation,
  };
  const byType: Readonly<Record<LayerType, Positions>> = { full_attention: whole, sliding_attention: window };
  return (layer) => {
    const { mask, rotation } = byType[layerTypeOf(config, layer)];
    return { mask, rotation: noRopeLayers?.[layer] === 0 ? undefined : rotation };
  };
}

function decoderLayer(p: Layer, x: Tensor, positions: Positions, config: LlamaConfig, ctx: Context): Tensor {
  const [attending, feeding] = [ctx.at("attention"), ctx.at("feedForward")];
  const after = (p: Norm | undefined, y: Tensor) => (p ? norm(p, y, config) : y);
  const h = attending.record("input", norm(p.attentionNorm, x, config));
  const attended = after(p.attentionOutputNorm, attention(p.attention, h, positions, config, attending));
  const read = attending.record("residual", add(x, attending.record("output", attended)));
  const g = feeding.record("input", norm(p.feedForwardNorm, read, config));
  const fed = gatedFeedForward(p.feedForward, g, { activation: config.hiddenAct, dropout: 0 }, feeding);
  const output = feeding.record("output", after(p.feedForwardOutputNorm, fed));
  return feeding.record("residual", add(read, output));
}

/** Attention to itself, with fewer heads of keys than of queries where they are grouped (Ainslie et al. 2023). */
function attention(p: Layer["attention"], h: Tensor, positions: Positions, config: LlamaConfig, ctx: Context): Tensor {
  const { numAttentionHeads, attentionDropout, queryPreAttnScalar } = config;
  const turned = (x: Tensor) => (positions.rotation ? rotate(x, positions.rotation) : x);
  const normed = (p: Norm | undefined, x: Tensor) => (p ? norm(p, x, config) : x);
  const query = turned(normed(p.queryNorm, splitHeads(linear(p.query, h), numAttentionHeads)));
  const key = turned(normed(p.keyNorm, splitHeads(linear(p.key, h), keyHeads(config))));
  const seen = ctx.behindPast({ key, value: splitHeads(linear(p.value, h), keyHeads(config)) });
  const scale = 1 / Math.sqrt(queryPreAttnScalar ?? headWidth(config));
  const options = { dropout: attentionDropout, scale };
  return linear(p.output, mergeHeads(attentionOfHeads(ctx.record("query", query), seen, positions.mask, options, ctx)));
}

function norm({ weight }: Norm, x: Tensor, { rmsNormEps, zeroCenteredNorms }: LlamaConfig): Tensor {
  return rmsNorm({ weight: zeroCenteredNorms ? add(weight, 1) : weight }, x, rmsNormEps);
}
