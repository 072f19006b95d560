import { sizeOf } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, equal, mul, sub, where } from "../ops/binary.ts";
import { crossEntropy, IGNORED_LABEL } from "../ops/cross-entropy.ts";
import { type MatmulOptions, matmulOp } from "../ops/matmul.ts";
import { projectedCrossEntropy } from "../ops/projected-cross-entropy.ts";
import { projectedRDrop } from "../ops/projected-r-drop.ts";
import { sum } from "../ops/reduce.ts";
import { concat, flattenRows, reshape, split } from "../ops/shape.ts";
import { exp } from "../ops/unary.ts";

/**
 * The label-smoothed cross-entropy of each position ("Attention Is All You Need", 5.4), 0 where the label is −100.
 * Where logits are the product of states and one matrix, as in most models, projection and loss are one op: far cheaper.
 *
 * Shape: logits [batch, target, vocabSize], labels [batch, target] → [batch · target].
 */
export function tokenLosses(logits: Tensor, labels: Tensor, smoothing: number): Tensor {
  const flatLabels = reshape(labels, [sizeOf(labels.shape)]);
  const projection = projectionOf(logits);
  if (projection === undefined) return crossEntropy(flattenRows(logits), flatLabels, smoothing).loss;
  const { states, weight, transposed } = projection;
  return projectedCrossEntropy(flattenRows(states), weight, flatLabels, { smoothing, transposed });
}

/**
 * R-Drop (Liang et al. 2021, "R-Drop: Regularized Dropout for Neural Networks", equation 4, over two): the mean of the
 * losses of two passes that differ in dropout, and how much their predictions differ, weight / 4 · (KL(p‖q) + KL(q‖p)).
 *
 * Shape: logits [2 · batch, target, vocabSize], one pass after the other, labels [batch, target] → [batch · target],
 * 0 where the label is −100.
 */
export function rDropLosses(logits: Tensor, labels: Tensor, smoothing: number, weight: number): Tensor {
  const count = sizeOf(labels.shape);
  const once = reshape(labels, [count]);
  const projection = projectionOf(logits);
  if (projection !== undefined) {
    const { states, weight: table, transposed } = projection;
    const passes = split(flattenRows(states), [count, count], 0) as [Tensor, Tensor];
    return projectedRDrop(passes, table, once, { smoothing, transposed, weight });
  }
  const { loss, logProbs } = crossEntropy(flattenRows(logits), concat([once, once], 0), smoothing);
  const [lossP, lossQ] = split(loss, [count, count], 0) as [Tensor, Tensor];
  const [p, q] = split(logProbs, [count, count], 0) as [Tensor, Tensor];
  const divergence = sum(mul(sub(exp(p), exp(q)), sub(p, q)), [-1]);
  const counted = where(equal(once, IGNORED_LABEL), 0, divergence);
  return add(mul(add(lossP, lossQ), 0.5), mul(counted, weight / 4));
}

interface Projection {
  readonly states: Tensor;
  readonly weight: Tensor;
  readonly transposed: boolean;
}

function projectionOf({ node }: Tensor): Projection | undefined {
  if (node.op.name !== matmulOp.name) return undefined;
  const [states, weight] = node.inputs as [Tensor, Tensor];
  const { transA, transB, alpha } = node.attrs as Required<MatmulOptions>;
  if (weight.rank !== 2 || transA || alpha !== 1) return undefined;
  return { states, weight, transposed: transB };
}
