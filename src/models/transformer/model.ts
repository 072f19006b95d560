import type { Tensor } from "../../graph/tensor.ts";
import { float32 } from "../../graph/tensor-data.ts";
import { causalMask, paddingMask } from "../../nn/attention.ts";
import type { Context, Past } from "../../nn/context.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { fairseqPositions, positionRows, sinusoidalPositions, tokenNumbers } from "../../nn/positions.ts";
import { add, mul } from "../../ops/binary.ts";
import { constant } from "../../ops/constant.ts";
import { gather } from "../../ops/gather.ts";
import { slice } from "../../ops/shape.ts";
import { maskGradient, stopGradient } from "../../ops/unary.ts";
import { tokenScores } from "../token-scores.ts";
import type { TransformerConfig } from "./config.ts";
import { decoderLayer, encoderLayer } from "./layers.ts";
import type { TransformerParams } from "./spec.ts";

/** What the decoder needs of the source: the encoder's output, and where it is not padding. */
export interface Memory {
  /** [batch, source, dModel] */
  readonly states: Tensor;
  /** [batch, 1, 1, source] */
  readonly mask: Tensor;
}

/**
 * The encoder ("Attention Is All You Need", figure 1, left): every position of the source, seen by every other.
 *
 * Shape: inputIds, attentionMask [batch, source] → states [batch, source, dModel].
 */
export function encode(
  p: TransformerParams,
  inputIds: Tensor,
  attentionMask: Tensor,
  config: TransformerConfig,
  ctx: Context,
): Memory {
  const { layers, norm } = p.encoder;
  const mask = paddingMask(attentionMask);
  let x = embed(p.embedding.source, p.encoder, inputIds, undefined, config, ctx);
  layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", encoderLayer(layer, x, mask, config, at));
  });
  return { states: ctx.record("output", norm ? layerNorm(norm, x) : x), mask };
}

/**
 * The decoder ("Attention Is All You Need", figure 1, right): each position sees those before it and the whole source.
 *
 * Shape: decoderInputIds [batch, target] → states [batch, target, dModel].
 */
export function decode(
  p: TransformerParams,
  decoderInputIds: Tensor,
  memory: Memory,
  config: TransformerConfig,
  ctx: Context,
): Tensor {
  const { layers, norm } = p.decoder;
  const masks = { self: causalMask(decoderInputIds.shape[1]!, ctx.past), memory: memory.mask };
  let x = embed(targetTable(p), p.decoder, decoderInputIds, ctx.past, config, ctx);
  layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", decoderLayer(layer, x, memory.states, masks, config, at));
  });
  return ctx.record("output", norm ? layerNorm(norm, x) : x);
}

/**
 * What a stack starts from: token embeddings, times √dModel ("Attention Is All You Need", 3.4), and positions (3.5).
 *
 * Shape: ids [batch, length] → [batch, length, dModel].
 */
function embed(
  table: Tensor,
  { positions, embeddingNorm }: Pick<TransformerParams["encoder"], "positions" | "embeddingNorm">,
  ids: Tensor,
  past: Past | undefined,
  config: TransformerConfig,
  ctx: Context,
): Tensor {
  const at = ctx.at("embedding");
  const found = gather(table, ids);
  const tokens = at.record("tokens", config.scaleEmbedding ? mul(found, Math.sqrt(config.dModel)) : found);
  const x = add(tokens, at.record("positions", positionsOf(ids, positions, past, config)));
  return ctx.record("embedding", at.dropout(embeddingNorm ? layerNorm(embeddingNorm, x) : x, config.dropout));
}

/** The embeddings of positions, of which sinusoids are no parameters. Shape: [length, dModel] or [batch, length, dModel]. */
function positionsOf(
  ids: Tensor,
  learned: Tensor | undefined,
  past: Past | undefined,
  { positionEmbeddings, positionOffset, maxPositionEmbeddings, dModel, padTokenId }: TransformerConfig,
): Tensor {
  if (positionEmbeddings === "fairseq") {
    const rows = constant(fairseqPositions(maxPositionEmbeddings, dModel, padTokenId));
    return gather(rows, tokenNumbers(ids, padTokenId, past));
  }
  const rows = learned
    ? slice(learned, 0, positionOffset, positionOffset + maxPositionEmbeddings)
    : constant(sinusoidalPositions(maxPositionEmbeddings, dModel));
  return positionRows(rows, ids.shape[1]!, past);
}

/** The projection to the vocabulary, by the target's embeddings where it has no matrix. Shape: [..., dModel] → [..., vocabSize]. */
export function project(p: TransformerParams, states: Tensor): Tensor {
  const { weight, bias } = p.output;
  const frozen = bias && { bias: stopGradient(bias) };
  return tokenScores({ ...(weight && { weight }), ...frozen }, targetTable(p), states);
}

function targetTable({ embedding: { source, target } }: TransformerParams): Tensor {
  return target ?? source;
}

/** The same parameters, but that the embedding of the padding token receives no gradient. */
export function freezePadding(p: TransformerParams, { padTokenId }: TransformerConfig): TransformerParams {
  const freeze = (table: Tensor) => {
    const size = table.shape[0] as number;
    const trained = new Float32Array(size).fill(1).fill(0, padTokenId, padTokenId + 1);
    return maskGradient(table, constant(float32([size, 1], trained)));
  };
  const { source, target } = p.embedding;
  return { ...p, embedding: { source: freeze(source), ...(target && { target: freeze(target) }) } };
}
