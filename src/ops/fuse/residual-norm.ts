import { type Rule, replacement } from "../../graph/rewrite.ts";
import { Tensor } from "../../graph/tensor.ts";
import { addLayerNorm, addLayerNormAndSum } from "../add-layer-norm.ts";
import { addOp } from "../binary.ts";
import { layerNormOp } from "../layer-norm.ts";
import { affine, inputsOf, is } from "./match.ts";

/** LayerNorm(residual + (x W + b)), and in pre-norm models the sum too, which the next residual reads. */
export const residualNorm: Rule = (node, uses) => {
  if (!is(node, layerNormOp)) return undefined;
  const [normed, ...statistics] = node.outputs.map((_, i) => new Tensor(node, i));
  if (statistics.some((statistic) => uses(statistic) > 0)) return undefined;
  const [sum, scale, shift] = node.inputs as [Tensor, Tensor, Tensor];
  const [a, b] = inputsOf(sum, addOp);
  if (!(a && b) || a.rank !== b.rank || sum.rank !== 3) return undefined;
  const [fed, residual] = affine(b) ? [affine(b), a] : [affine(a), b];
  if (fed === undefined || uses(fed.whole) > 1) return undefined;
  const { epsilon } = node.attrs as { readonly epsilon: number };
  const from = { product: fed.product, residual, bias: fed.bias, scale, shift };
  if (uses(sum) > 1) {
    return replacement([normed!, sum], from, ({ product, residual, bias, scale, shift }) =>
      addLayerNormAndSum([product, residual, bias], scale, shift, epsilon),
    );
  }
  return replacement([normed!], from, ({ product, residual, bias, scale, shift }) => [
    addLayerNorm([product, residual, bias], scale, shift, epsilon),
  ]);
};
