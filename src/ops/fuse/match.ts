import type { Node, OpDef, Tensor } from "../../graph/tensor.ts";
import { FORBIDDEN } from "../attend.ts";
import { addOp, mulOp, subOp } from "../binary.ts";
import { constantOp } from "../constant.ts";
import { type MatmulOptions, matmulOp } from "../matmul.ts";
import { reshapeOp, transposeOp } from "../shape.ts";
import { castOp } from "../unary.ts";

/** Whether a node is an application of that op. */
export function is<A>(node: Node, op: OpDef<A>): boolean {
  return node.op === (op as OpDef<never>);
}

/** What a tensor was made of, where that op made it; else nothing. */
export function inputsOf<A>(x: Tensor | undefined, op: OpDef<A>): readonly (Tensor | undefined)[] {
  return x !== undefined && is(x.node, op) ? x.node.inputs : [];
}

/** x W + b */
export interface Affine {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  /** x W */
  readonly product: Tensor;
  readonly whole: Tensor;
}

/** The parts of x W + b, where a tensor is that. */
export function affine(whole: Tensor | undefined): Affine | undefined {
  const [product, bias] = inputsOf(whole, addOp);
  const [x, weight] = inputsOf(product, matmulOp);
  if (!(whole && product && bias && x && weight) || bias.rank !== 1 || weight.rank !== 2) return undefined;
  const { transA, transB, alpha } = product.node.attrs as Required<MatmulOptions>;
  return transA || transB || alpha !== 1 ? undefined : { x, weight, bias, product, whole };
}

/** [batch, positions, d], where a tensor is that cut into heads [batch, heads, positions, dHead]. */
export function uncut(x: Tensor | undefined): Tensor | undefined {
  const [cut] = swapsHeads(x) ? inputsOf(x, transposeOp) : [];
  const [whole] = inputsOf(cut, reshapeOp);
  return whole?.rank === 3 ? whole : undefined;
}

/** [batch, heads, positions, dHead], where a tensor is that with the heads side by side [batch, positions, d]. */
export function ofHeads(x: Tensor): Tensor | undefined {
  const [swapped] = inputsOf(x, reshapeOp);
  return x.rank === 3 && swapsHeads(swapped) ? inputsOf(swapped, transposeOp)[0] : undefined;
}

function swapsHeads(x: Tensor | undefined): boolean {
  if (x === undefined || !is(x.node, transposeOp)) return false;
  return String((x.node.attrs as { readonly permutation: readonly number[] }).permutation) === "0,2,1,3";
}

/** Where the source is no padding [batch, source], where a mask is `paddingMask` of it: (1 − attended) · FORBIDDEN. */
export function attendedOf(mask: Tensor): Tensor | undefined {
  const [masked] = inputsOf(mask, reshapeOp);
  const [missing, forbidden] = inputsOf(masked, mulOp);
  const [one, numbers] = inputsOf(missing, subOp);
  const [attended] = inputsOf(numbers, castOp);
  const isMask = numberOf(one) === 1 && numberOf(forbidden) === Math.fround(FORBIDDEN) && attended?.dtype === "int32";
  return isMask && attended.rank === 2 && mask.shape[1] === 1 && mask.shape[2] === 1 ? attended : undefined;
}

function numberOf(x: Tensor | undefined): number | undefined {
  if (x === undefined || !is(x.node, constantOp)) return undefined;
  const { data } = x.node.attrs as { readonly data: { readonly data: ArrayLike<number> } };
  return data.data.length === 1 ? Number(data.data[0]) : undefined;
}
