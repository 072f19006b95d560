import type { Tensor } from "../../graph/tensor.ts";
import type { Context } from "../../nn/context.ts";
import { linear } from "../../nn/linear.ts";
import { lastState } from "../../nn/pooling.ts";
import { equal, mul, where } from "../../ops/binary.ts";
import { tanh } from "../../ops/unary.ts";
import type { Inputs } from "../family.ts";
import { tokenScores } from "../token-scores.ts";
import type { T5Config } from "./config.ts";
import type { T5Params } from "./spec.ts";

/** What a model's head makes of states. Shapes: those of `headNames`. */
export function headScores(p: T5Params, states: Tensor, inputs: Inputs, config: T5Config, ctx: Context): Tensor {
  switch (config.head) {
    case "sequenceToSequence":
      return nextTokens(p, states, config);
    case "sequenceClass":
      return sequenceClasses(p.classifier!, states, inputs, config, ctx.at("head"));
    case "tokenClass":
      return linear(p.head!, ctx.at("head").dropout(states, config.classifierDropout));
    case "span":
      return linear(p.head!, states);
    default:
      return states;
  }
}

function nextTokens({ embedding, output }: T5Params, states: Tensor, config: T5Config): Tensor {
  const scaled = config.scaleDecoderOutputs ? mul(states, config.hiddenSize ** -0.5) : states;
  return tokenScores(output ?? {}, embedding.tokens, scaled);
}

/** Classes by the decoder's state at the last end of a sentence. */
function sequenceClasses(
  { dense, output }: NonNullable<T5Params["classifier"]>,
  states: Tensor,
  { inputIds, attentionMask }: Inputs,
  { eosTokenId, classifierDropout: rate }: T5Config,
  ctx: Context,
): Tensor {
  const isEnd = where(equal(inputIds!, eosTokenId!), attentionMask!, 0);
  const state = ctx.at("dense").dropout(lastState(states, isEnd), rate);
  return linear(output, ctx.at("output").dropout(tanh(linear(dense, state)), rate));
}
