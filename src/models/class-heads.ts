import type { Tensor } from "../graph/tensor.ts";
import type { Context } from "../nn/context.ts";
import type { Initializer } from "../nn/initializers.ts";
import { type LinearParams, linear, linearSpec, matrixSpec } from "../nn/linear.ts";
import { lastState } from "../nn/pooling.ts";
import { equal, where } from "../ops/binary.ts";
import { scalarConstant } from "../ops/constant.ts";
import { type HeadName, labelCount } from "./heads.ts";

interface ClassConfig {
  readonly head: HeadName;
  readonly id2label: Readonly<Record<string, string>>;
  readonly padTokenId: number;
  readonly classifierDropout: number;
}

/** The parameters of the heads for classes and spans of a model that reads from left to right, and that has no others. */
export function classHeadSpec(config: ClassConfig, width: number, initializer: Initializer): { head?: HeadSpec } {
  switch (config.head) {
    case "sequenceClass":
      return { head: matrixSpec(width, labelCount(config), initializer) };
    case "tokenClass":
      return { head: linearSpec(width, labelCount(config), initializer) };
    case "span":
      return { head: linearSpec(width, 2, initializer) };
    default:
      return {};
  }
}

/** The parameters of a head: a linear map, with a bias where the head has one. */
export type HeadSpec = ReturnType<typeof matrixSpec> & Partial<ReturnType<typeof linearSpec>>;

/**
 * The scores of classes, for each position or, of a sequence, at its last token: the one that has seen all others.
 *
 * Shape: states [batch, positions, width] → [batch, positions, labels], or [batch, labels].
 */
export function classScores(
  head: LinearParams,
  states: Tensor,
  inputIds: Tensor,
  config: ClassConfig,
  ctx: Context,
): Tensor {
  if (config.head === "tokenClass") return linear(head, ctx.at("head").dropout(states, config.classifierDropout));
  if (config.head === "span") return linear(head, states);
  const isToken = where(equal(inputIds, config.padTokenId), 0, scalarConstant(1, "int32"));
  return linear(head, lastState(states, isToken));
}
