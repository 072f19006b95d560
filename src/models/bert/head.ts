import type { Tensor } from "../../graph/tensor.ts";
import { activations } from "../../nn/activations.ts";
import type { Context } from "../../nn/context.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { linear } from "../../nn/linear.ts";
import { firstState } from "../../nn/pooling.ts";
import { tokenScores } from "../token-scores.ts";
import type { BertConfig } from "./config.ts";
import type { BertParams } from "./spec.ts";

/**
 * What the head reads from all states (Devlin et al. 2019, figure 4).
 *
 * Shape: states [batch, source, hiddenSize] → as `headNames` says.
 */
export function bertScores(p: BertParams, states: Tensor, config: BertConfig, ctx: Context): Tensor {
  const at = ctx.at("head");
  const { hiddenDropout, classifierDropout = hiddenDropout } = config;
  switch (config.head) {
    case "maskedToken":
      return tokenScores(p.prediction!.output, p.embedding.tokens, transformed(p, states, config));
    case "sequenceClass":
      return linear(p.head!, at.dropout(ctx.record("pooler", pooled(p, states, config, ctx)), classifierDropout));
    case "tokenClass":
      return linear(p.head!, at.dropout(states, classifierDropout));
    case "span":
      return linear(p.head!, at.dropout(states, config.qaDropout));
    case "states":
      return states;
  }
}

/** The first state, through a layer of its own. Shape: [batch, source, hiddenSize] → [batch, hiddenSize]. */
export function pooled(p: BertParams, states: Tensor, config: BertConfig, ctx: Context): Tensor {
  const first = ctx.at("pooler").dropout(firstState(states), config.classifierInputDropout);
  return activations[config.classifierActivation](linear(p.pooler!, first));
}

function transformed({ prediction }: BertParams, states: Tensor, config: BertConfig): Tensor {
  const { transform, norm } = prediction!;
  return layerNorm(norm, activations[config.predictionAct](linear(transform, states)), config.layerNormEps);
}
