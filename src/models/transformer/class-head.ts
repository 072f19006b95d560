import type { Tensor } from "../../graph/tensor.ts";
import type { Context } from "../../nn/context.ts";
import { linear, linearSpec } from "../../nn/linear.ts";
import type { Params } from "../../nn/parameter.ts";
import { lastState } from "../../nn/pooling.ts";
import { equal, where } from "../../ops/binary.ts";
import { scalarConstant } from "../../ops/constant.ts";
import { tanh } from "../../ops/unary.ts";
import { labelCount } from "../heads.ts";
import type { TransformerConfig } from "./config.ts";

/** The head for classes of the whole sequence (BART, Lewis et al. 2020, 3.1). */
export const classHeadSpec = (config: TransformerConfig) => ({
  dense: linearSpec(config.dModel, config.dModel),
  out: linearSpec(config.dModel, labelCount({ id2label: config.id2label ?? {} })),
});

/**
 * The scores of classes, by the decoder's state where the source has its last end: the one that has seen all others.
 *
 * Shape: states [batch, source, dModel] → [batch, labels].
 */
export function classScores(
  p: Params<typeof classHeadSpec>,
  states: Tensor,
  inputIds: Tensor,
  { eosTokenId, classifierDropout = 0 }: TransformerConfig,
  ctx: Context,
): Tensor {
  const isEnd = where(equal(inputIds, eosTokenId), scalarConstant(1, "int32"), 0);
  const last = ctx.at("input").dropout(lastState(states, isEnd), classifierDropout);
  const inner = tanh(linear(p.dense, last));
  return linear(p.out, ctx.at("inner").dropout(inner, classifierDropout));
}
