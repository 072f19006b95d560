import type { Tensor } from "../../graph/tensor.ts";
import { attention, keyValue, paddingMask } from "../../nn/attention.ts";
import type { Context } from "../../nn/context.ts";
import { lookUp } from "../../nn/embedding.ts";
import { feedForward } from "../../nn/feed-forward.ts";
import { layerNorm, type layerNormSpec } from "../../nn/layer-norm.ts";
import type { Params } from "../../nn/parameter.ts";
import { positionRows, tokenNumbers } from "../../nn/positions.ts";
import { add } from "../../ops/binary.ts";
import { gather } from "../../ops/gather.ts";
import { reshape } from "../../ops/shape.ts";
import type { Inputs } from "../family.ts";
import type { BertConfig } from "./config.ts";
import type { BertParams, layerSpec } from "./spec.ts";

type Layer = Params<typeof layerSpec>;

/**
 * BERT (Devlin et al. 2019, section 3): a stack of encoder layers, each normalised behind its sub-layers, in which every
 * position sees every other.
 *
 * Shape: inputIds, attentionMask and, where there are segments, tokenTypeIds [batch, source] → states [batch, source,
 * hiddenSize].
 */
export function bertStates(p: BertParams, inputs: Inputs, config: BertConfig, ctx: Context): Tensor {
  const mask = paddingMask(inputs.attentionMask!);
  let x = embed(p.embedding, inputs, config, ctx);
  p.layers.forEach((layer, i) => {
    const at = ctx.at("layers").at(String(i));
    x = at.record("output", encoderLayer(layer, x, mask, config, at));
  });
  return ctx.record("output", x);
}

/** Tokens, positions and segments, added and normalised (Devlin et al. 2019, figure 2). */
function embed(p: BertParams["embedding"], inputs: Inputs, config: BertConfig, ctx: Context): Tensor {
  const at = ctx.at("embedding");
  const ids = inputs.inputIds!;
  const tokens = at.record("tokens", lookUp(p.tokens, ids, config.padTokenId));
  const types = p.types && at.record("types", typeRows(p.types, inputs.tokenTypeIds));
  const positions = at.record("positions", positionsOf(p.positions, ids, config));
  const x = layerNorm(p.norm, add(types ? add(tokens, types) : tokens, positions), config.layerNormEps);
  return ctx.record("embedding", at.dropout(x, config.hiddenDropout));
}

/** Of one kind of segments all tokens are. */
function typeRows(table: Tensor, ids: Tensor | undefined): Tensor {
  return ids === undefined ? reshape(table, [1, ...table.shape]) : gather(table, ids);
}

function positionsOf(table: Tensor, ids: Tensor, { positionsFromPadding, padTokenId }: BertConfig): Tensor {
  if (!positionsFromPadding) return positionRows(table, ids.shape[1]!);
  return lookUp(table, add(tokenNumbers(ids, padTokenId), padTokenId), padTokenId);
}

function encoderLayer(p: Layer, x: Tensor, mask: Tensor, config: BertConfig, ctx: Context): Tensor {
  const heads = { numHeads: config.numAttentionHeads, dropout: config.attentionDropout };
  const { hiddenDropout, attentionOutputDropout = hiddenDropout } = config;
  const attended = sublayer(x, p.attentionNorm, attentionOutputDropout, config, ctx.at("attention"), (at) =>
    attention(p.attention, x, keyValue(p.attention, x, heads.numHeads), mask, heads, at),
  );
  return sublayer(attended, p.feedForwardNorm, hiddenDropout, config, ctx.at("feedForward"), (at) =>
    feedForward(p.feedForward, attended, { activation: config.hiddenAct, dropout: 0 }, at),
  );
}

/** LayerNorm(x + Dropout(f(x))) ("Attention Is All You Need", 3.1 and 5.4). */
function sublayer(
  x: Tensor,
  norm: Params<typeof layerNormSpec>,
  dropout: number,
  config: BertConfig,
  ctx: Context,
  f: (ctx: Context) => Tensor,
): Tensor {
  ctx.record("input", x);
  const output = ctx.record("output", f(ctx));
  const residual = ctx.record("residual", add(x, ctx.at("output").dropout(output, dropout)));
  return layerNorm(norm, residual, config.layerNormEps);
}
