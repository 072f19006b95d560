import type { Tensor } from "../../graph/tensor.ts";
import { activations } from "../../nn/activations.ts";
import { attentionOfHeads, localMask, mergeHeads, paddingMask, splitHeads } from "../../nn/attention.ts";
import type { Context } from "../../nn/context.ts";
import { lookUp } from "../../nn/embedding.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { linear } from "../../nn/linear.ts";
import type { Params } from "../../nn/parameter.ts";
import { type Rotation, rotate } from "../../nn/rotary.ts";
import { add, mul } from "../../ops/binary.ts";
import { split } from "../../ops/shape.ts";
import type { Inputs } from "../family.ts";
import { type RopeParameters, ropeRotation } from "../rope.ts";
import { type LayerType, layerTypeOf, type ModernBertConfig } from "./config.ts";
import type { layerSpec, ModernBertParams } from "./spec.ts";

type Layer = Params<typeof layerSpec>;

/** What tells the positions to the layers of one type. */
interface Positions {
  readonly mask: Tensor;
  readonly rotation: Rotation;
}

/**
 * ModernBERT (Warner et al. 2024, 2.1): a stack of encoder layers, each normalised before, with rotary positions and gated
 * feed-forward networks. Some layers see all positions, the others those near each.
 *
 * Shape: inputIds, attentionMask [batch, source] → states [batch, source, hiddenSize].
 */
export function modernBertStates(p: ModernBertParams, inputs: Inputs, config: ModernBertConfig, ctx: Context): Tensor {
  const positions = positionsOf(inputs.attentionMask!, config);
  let x = embed(p.embedding, inputs.inputIds!, config, ctx);
  p.layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", encoderLayer(layer, x, positions[layerTypeOf(config, i)], config, at));
  });
  return ctx.record("output", layerNorm(p.norm, x, config.layerNormEps));
}

function positionsOf(attentionMask: Tensor, config: ModernBertConfig): Readonly<Record<LayerType, Positions>> {
  const { hiddenSize, numAttentionHeads, maxPositionEmbeddings, ropeParameters } = config;
  const count = attentionMask.shape[1]!;
  const mask = paddingMask(attentionMask);
  const near = localMask(count, Math.floor(config.localAttention / 2));
  const of = { headDim: hiddenSize / numAttentionHeads, maxPositionEmbeddings };
  const rotationOf = (rope: RopeParameters) => ropeRotation(rope, of, count);
  return {
    full_attention: { mask, rotation: rotationOf(ropeParameters.fullAttention) },
    sliding_attention: { mask: add(mask, near), rotation: rotationOf(ropeParameters.slidingAttention) },
  };
}

function embed(p: ModernBertParams["embedding"], ids: Tensor, config: ModernBertConfig, ctx: Context): Tensor {
  const at = ctx.at("embedding");
  const tokens = at.record("tokens", lookUp(p.tokens, ids, config.padTokenId));
  return ctx.record("embedding", at.dropout(layerNorm(p.norm, tokens, config.layerNormEps), config.embeddingDropout));
}

function encoderLayer(p: Layer, x: Tensor, positions: Positions, config: ModernBertConfig, ctx: Context): Tensor {
  const [attending, feeding] = [ctx.at("attention"), ctx.at("feedForward")];
  const h = attending.record("input", p.attentionNorm ? layerNorm(p.attentionNorm, x, config.layerNormEps) : x);
  const attended = attending.record("output", attention(p.attention, h, positions, config, attending));
  const dropped = attending.at("output").dropout(attended, config.attentionDropout);
  const read = attending.record("residual", add(x, dropped));
  const g = feeding.record("input", layerNorm(p.feedForwardNorm, read, config.layerNormEps));
  return feeding.record("residual", add(read, feeding.record("output", gated(p.feedForward, g, config, feeding))));
}

/** Attention to itself, of which the three maps are one matrix. */
function attention(p: Layer["attention"], h: Tensor, positions: Positions, config: ModernBertConfig, ctx: Context) {
  const { hiddenSize: width, numAttentionHeads, attentionDropout: dropout } = config;
  const [query, key, value] = split(linear(p.queryKeyValue, h), [width, width, width], -1).map((x) =>
    splitHeads(x, numAttentionHeads),
  ) as [Tensor, Tensor, Tensor];
  const turned = ctx.record("query", rotate(query, positions.rotation));
  const seen = { key: rotate(key, positions.rotation), value };
  return linear(p.output, mergeHeads(attentionOfHeads(turned, seen, positions.mask, { dropout }, ctx)));
}

/** act(x W) ⊙ x V, of which both maps are one matrix, and a map back (Shazeer 2020, equation 6). */
function gated(p: Layer["feedForward"], x: Tensor, config: ModernBertConfig, ctx: Context): Tensor {
  const width = config.intermediateSize;
  const [inner, gate] = split(linear(p.in, x), [width, width], -1) as [Tensor, Tensor];
  const activated = activations[config.hiddenAct](ctx.record("pre", inner));
  const post = ctx.record("post", mul(activated, ctx.record("gate", gate)));
  return linear(p.out, ctx.dropout(post, config.mlpDropout));
}
