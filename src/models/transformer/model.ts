import type { Tensor } from "../../graph/tensor.ts";
import { float32 } from "../../graph/tensor-data.ts";
import { causalMask, type KeyValue, keyValue, type NewKeyValue, paddingMask } from "../../nn/attention.ts";
import type { Context } from "../../nn/context.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { sinusoidalPositions } from "../../nn/positions.ts";
import { add, mul } from "../../ops/binary.ts";
import { constant } from "../../ops/constant.ts";
import { gather } from "../../ops/gather.ts";
import { matmul } from "../../ops/matmul.ts";
import { slice } from "../../ops/shape.ts";
import { maskGradient, stopGradient } from "../../ops/unary.ts";
import type { StepInputs } from "../family.ts";
import type { TransformerConfig } from "./config.ts";
import { decoderLayer, decoderLayerStep, encoderLayer, encoderLayerForSteps } from "./layers.ts";
import type { TransformerParams } from "./spec.ts";

/** What the decoder needs of the source: the encoder's output, and where it is not padding. */
export interface Memory {
  /** [batch, source, dModel] */
  readonly states: Tensor;
  /** [batch, 1, 1, source] */
  readonly mask: Tensor;
}

/** The same parameters, but that the embedding of the padding token receives no gradient. */
export function freezePadding(p: TransformerParams, { vocabSize, padTokenId }: TransformerConfig): TransformerParams {
  const trained = new Float32Array(vocabSize).fill(1).fill(0, padTokenId, padTokenId + 1);
  const freeze = (table: Tensor) => maskGradient(table, constant(float32([vocabSize, 1], trained)));
  const { source, target } = p.embedding;
  return { ...p, embedding: { source: freeze(source), ...(target && { target: freeze(target) }) } };
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
  const mask = paddingMask(attentionMask);
  const states = encoder(p, inputIds, config, ctx, (layer, x, at) => encoderLayer(layer, x, mask, config, at));
  return { states, mask };
}

/**
 * The keys and values of the source for each decoder layer: the same at every step of decoding, so computed once.
 *
 * Shape: inputIds, attentionMask [batch, source] → each [batch, heads, source, dHead].
 */
export function encodeForSteps(
  p: TransformerParams,
  inputIds: Tensor,
  attentionMask: Tensor,
  config: TransformerConfig,
  ctx: Context,
): KeyValue[] {
  const states = encoder(p, inputIds, config, ctx, (layer, x, at) =>
    encoderLayerForSteps(layer, x, attentionMask, config, at),
  );
  return p.decoder.layers.map((layer) => keyValue(layer.crossAttention, states, config.decoderAttentionHeads));
}

function encoder(
  p: TransformerParams,
  inputIds: Tensor,
  config: TransformerConfig,
  ctx: Context,
  layerOf: (layer: TransformerParams["encoder"]["layers"][number], x: Tensor, ctx: Context) => Tensor,
): Tensor {
  const at = ctx.at("encoder");
  let x = embedding(p.embedding.source, p.encoder.positions, inputIds, config, at);
  p.encoder.layers.forEach((layer, i) => {
    const inLayer = at.at("layers").at(String(i));
    x = inLayer.record("output", layerOf(layer, x, inLayer));
  });
  return at.record("output", p.encoder.norm ? layerNorm(p.encoder.norm, x) : x);
}

/**
 * The decoder ("Attention Is All You Need", figure 1, right) over all target positions at once, each seeing those
 * before it and the whole source.
 *
 * Shape: decoderInputIds [batch, target] → logits [batch, target, vocabSize].
 */
export function decode(
  p: TransformerParams,
  decoderInputIds: Tensor,
  memory: Memory,
  config: TransformerConfig,
  ctx: Context,
): Tensor {
  const target = decoderInputIds.shape[1]!;
  const masks = { self: causalMask(target), memory: memory.mask };
  const at = ctx.at("decoder");
  let x = embedding(targetTable(p), p.decoder.positions, decoderInputIds, config, at);
  p.decoder.layers.forEach((layer, i) => {
    const inLayer = at.at("layers").at(String(i));
    x = inLayer.record("output", decoderLayer(layer, x, memory.states, masks, config, inLayer));
  });
  return logits(p, x, at);
}

export interface DecoderState {
  readonly memory: readonly KeyValue[];
  /** [batch, source], 1 = attend */
  readonly attentionMask: Tensor;
  readonly cache: readonly KeyValue[];
}

/**
 * The decoder at one position of every beam.
 *
 * Shape: ids [batch, beams] → logits [batch, beams, vocabSize]; for each layer what to append to its cache [batch, beams,
 * dModel], and the cache with it [batch, heads, past + beams, dHead].
 */
export function decodeStep(
  p: TransformerParams,
  { ids, position, mask }: StepInputs,
  state: DecoderState,
  config: TransformerConfig,
  ctx: Context,
): { logits: Tensor; appended: NewKeyValue[]; grown: KeyValue[] } {
  const at = ctx.at("decoder");
  let x = add(embed(targetTable(p), ids, config), gather(positionTable(p.decoder.positions, config), position));
  const caches = p.decoder.layers.map((layer, i) => {
    const layerState = { cache: state.cache[i]!, memory: state.memory[i]!, attended: state.attentionMask };
    const { x: output, ...cached } = decoderLayerStep(layer, x, layerState, mask, config);
    x = output;
    return cached;
  });
  const [appended, grown] = [caches.map((cached) => cached.appended), caches.map((cached) => cached.grown)];
  return { logits: logits(p, x, at), appended, grown };
}

/** What a stack starts from: tokens and positions (3.4, 3.5). Shape: ids [batch, length] → [batch, length, dModel]. */
function embedding(
  table: Tensor,
  learned: Tensor | undefined,
  ids: Tensor,
  config: TransformerConfig,
  ctx: Context,
): Tensor {
  const at = ctx.at("embedding");
  const tokens = at.record("tokens", embed(table, ids, config));
  const positions = at.record("positions", slice(positionTable(learned, config), 0, 0, ids.shape[1]!));
  return ctx.record("embedding", at.dropout(add(tokens, positions), config.dropout));
}

/** Token embeddings, times √dModel ("Attention Is All You Need", 3.4). Shape: [...] → [..., dModel]. */
function embed(table: Tensor, ids: Tensor, config: TransformerConfig): Tensor {
  const embedded = gather(table, ids);
  return config.scaleEmbedding ? mul(embedded, Math.sqrt(config.dModel)) : embedded;
}

/** The last norm of the pre-norm form, and the projection to the vocabulary. Shape: [..., dModel] → [..., vocabSize]. */
function logits(p: TransformerParams, x: Tensor, ctx: Context): Tensor {
  const states = ctx.record("output", p.decoder.norm ? layerNorm(p.decoder.norm, x) : x);
  const projected = p.output.weight
    ? matmul(states, p.output.weight)
    : matmul(states, targetTable(p), { transB: true });
  return p.output.bias ? add(projected, stopGradient(p.output.bias)) : projected;
}

function targetTable(p: TransformerParams): Tensor {
  return p.embedding.target ?? p.embedding.source;
}

/** Positions ("Attention Is All You Need", 3.5). Shape: → [maxPositionEmbeddings, dModel]. */
function positionTable(learned: Tensor | undefined, config: TransformerConfig): Tensor {
  return learned ?? constant(sinusoidalPositions(config.maxPositionEmbeddings, config.dModel));
}
