import type { Tensor } from "../../graph/tensor.ts";
import { activations } from "../../nn/activations.ts";
import type { Context } from "../../nn/context.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { linear } from "../../nn/linear.ts";
import { firstState, meanState } from "../../nn/pooling.ts";
import { tokenScores } from "../token-scores.ts";
import type { ModernBertConfig } from "./config.ts";
import type { ModernBertParams } from "./spec.ts";

/**
 * What the head reads from all states: each has a linear map, an activation and a norm before it.
 *
 * Shape: states [batch, source, hiddenSize], attentionMask [batch, source] → as `headNames` says.
 */
export function modernBertScores(
  p: ModernBertParams,
  states: Tensor,
  attentionMask: Tensor,
  config: ModernBertConfig,
  ctx: Context,
): Tensor {
  if (config.head === "states") return states;
  if (config.head === "maskedToken") return tokenScores(p.output!, p.embedding.tokens, transformed(p, states, config));
  const read = config.head === "sequenceClass" ? pooled(states, attentionMask, config) : states;
  const classified = ctx.at("head").dropout(transformed(p, read, config), config.classifierDropout);
  return linear(p.head!, classified);
}

function pooled(states: Tensor, attentionMask: Tensor, { classifierPooling }: ModernBertConfig): Tensor {
  return classifierPooling === "cls" ? firstState(states) : meanState(states, attentionMask);
}

function transformed({ prediction }: ModernBertParams, x: Tensor, config: ModernBertConfig): Tensor {
  const { dense, norm } = prediction!;
  return layerNorm(norm, activations[config.classifierActivation](linear(dense, x)), config.layerNormEps);
}
