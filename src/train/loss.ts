import { sizeOf } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { crossEntropy } from "../ops/cross-entropy.ts";
import { type MatmulOptions, matmulOp } from "../ops/matmul.ts";
import { projectedCrossEntropy } from "../ops/projected-cross-entropy.ts";
import { flattenRows, reshape } from "../ops/shape.ts";

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
