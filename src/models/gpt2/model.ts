import type { Tensor } from "../../graph/tensor.ts";
import { attentionOfHeads, causalMask, mergeHeads, splitHeads } from "../../nn/attention.ts";
import type { Context } from "../../nn/context.ts";
import { feedForward } from "../../nn/feed-forward.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { linear } from "../../nn/linear.ts";
import type { Params } from "../../nn/parameter.ts";
import { positionRows } from "../../nn/positions.ts";
import { type Rotation, rotate } from "../../nn/rotary.ts";
import { add } from "../../ops/binary.ts";
import { gather } from "../../ops/gather.ts";
import { split } from "../../ops/shape.ts";
import { ropeRotation } from "../rope.ts";
import type { Gpt2Config } from "./config.ts";
import type { Gpt2Params, layerSpec } from "./spec.ts";

type Layer = Params<typeof layerSpec>;

/** What tells the positions of a call to every layer. */
interface Positions {
  readonly mask: Tensor;
  /** Undefined where positions are part of the embedding. */
  readonly rotation: Rotation | undefined;
}

/**
 * GPT-2 (Radford et al. 2019, 2.3): a stack of decoder layers, each normalised before, that reads what it writes.
 *
 * Shape: inputIds [batch, positions] → states [batch, positions, hiddenSize].
 */
export function gpt2States(p: Gpt2Params, inputIds: Tensor, config: Gpt2Config, ctx: Context): Tensor {
  const positions = { mask: causalMask(inputIds.shape[1]!, ctx.past), rotation: rotationOf(inputIds, config, ctx) };
  let x = embed(p, inputIds, config, ctx);
  p.layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", decoderLayer(layer, x, positions, i, config, at));
  });
  return ctx.record("output", layerNorm(p.norm, x, config.layerNormEps));
}

function embed({ embedding: { tokens, positions } }: Gpt2Params, ids: Tensor, config: Gpt2Config, ctx: Context) {
  const at = ctx.at("embedding");
  const found = at.record("tokens", gather(tokens, ids));
  const x = positions ? add(found, at.record("positions", positionRows(positions, ids.shape[1]!, ctx.past))) : found;
  return ctx.record("embedding", at.dropout(x, config.embeddingDropout));
}

function rotationOf(ids: Tensor, config: Gpt2Config, { past }: Context): Rotation | undefined {
  const { ropeParameters: rope, hiddenSize, numAttentionHeads, maxPositionEmbeddings } = config;
  if (rope === undefined) return undefined;
  return ropeRotation(rope, { headDim: hiddenSize / numAttentionHeads, maxPositionEmbeddings }, ids.shape[1]!, past);
}

/** One after the other, or side by side (GPT-J's form; Black et al. 2022, 2.1). */
function decoderLayer(p: Layer, x: Tensor, positions: Positions, index: number, config: Gpt2Config, ctx: Context) {
  const [attending, feeding] = [ctx.at("attention"), ctx.at("feedForward")];
  const h = attending.record("input", layerNorm(p.attentionNorm, x, config.layerNormEps));
  const attended = attending.record("output", attention(p.attention, h, positions, index, config, attending));
  const crossed = add(x, attending.at("output").dropout(attended, config.hiddenDropout));
  const read = config.useParallelResidual ? x : attending.record("residual", crossed);
  const g = feeding.record("input", layerNorm(p.feedForwardNorm, read, config.layerNormEps));
  const fed = feedForward(p.feedForward, g, { activation: config.hiddenAct, dropout: 0 }, feeding);
  const output = feeding.record("output", fed);
  return add(crossed, feeding.at("output").dropout(output, config.hiddenDropout));
}

/** Attention to itself, of which the three maps are one matrix. */
function attention(
  p: Layer["attention"],
  h: Tensor,
  positions: Positions,
  index: number,
  config: Gpt2Config,
  ctx: Context,
) {
  const { hiddenSize: width, numAttentionHeads } = config;
  const [query, key, value] = split(linear(p.queryKeyValue, h), [width, width, width], -1).map((x) =>
    splitHeads(x, numAttentionHeads),
  ) as [Tensor, Tensor, Tensor];
  const turned = (x: Tensor) => (positions.rotation ? rotate(x, positions.rotation) : x);
  const seen = ctx.behindPast({ key: turned(key), value });
  const dHead = width / numAttentionHeads;
  const scale =
    (config.scaleAttnWeights ? 1 / Math.sqrt(dHead) : 1) / (config.scaleAttnByInverseLayerIdx ? index + 1 : 1);
  const options = { dropout: config.attentionDropout, scale };
  const z = attentionOfHeads(ctx.record("query", turned(query)), seen, positions.mask, options, ctx);
  return linear(p.output, mergeHeads(z));
}
