import { type Dim, mulDims } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import { add, greater, less, mul, sub, where } from "../ops/binary.ts";
import { range } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape, transpose } from "../ops/shape.ts";
import { softmax } from "../ops/softmax.ts";
import { cast } from "../ops/unary.ts";
import type { Context, Past } from "./context.ts";
import { xavierUniformOf } from "./initializers.ts";
import { type LinearParams, linear, linearSpec } from "./linear.ts";
import { relativePositions } from "./positions.ts";

/**
 * Query, key and value begin as the thirds of one matrix [dModel, 3 · dModel], as in fairseq and PyTorch's
 * MultiheadAttention. Beginning larger, as matrices of their own, post-norm models learn much more slowly at high rates
 * (docs/benchmarks.md).
 */
export const attentionSpec = (dModel: number) => {
  const third = () => linearSpec(dModel, dModel, xavierUniformOf(3));
  return { query: third(), key: third(), value: third(), output: linearSpec(dModel, dModel) };
};

/** The linear maps of attention: to the heads side by side, and back. */
export type AttentionParams = Readonly<Record<"query" | "key" | "value" | "output", LinearParams>>;

export interface HeadsOptions {
  /** Dropout on the attention weights. */
  readonly dropout: number;
  /** What scores are multiplied by: 1 / √dHead unless told. */
  readonly scale?: number;
}

export interface AttentionOptions extends HeadsOptions {
  readonly numHeads: number;
}

/** Keys and values of every head, each [batch, numHeads, positions, dHead]. */
export type KeyValue = { readonly key: Tensor; readonly value: Tensor };

/**
 * Multi-head attention ("Attention Is All You Need", 3.2.2) from the positions of `x` to those whose keys and values
 * are given: those of `x` itself (self-attention) or of the encoder's output (cross-attention).
 *
 * Shape: x [batch, target, dModel], key and value [batch, numHeads, source, dHead], mask broadcast to
 * [batch, numHeads, target, source] → [batch, target, dModel].
 */
export function attention(
  p: AttentionParams,
  x: Tensor,
  { key, value }: KeyValue,
  mask: Tensor,
  options: AttentionOptions,
  ctx: Context,
): Tensor {
  const query = ctx.record("query", splitHeads(linear(p.query, x), options.numHeads));
  const z = attentionOfHeads(query, { key, value }, mask, options, ctx);
  ctx.derive("result", () => headResults(p.output.weight, z));
  return linear(p.output, mergeHeads(z));
}

/**
 * What each head adds to the output: all of them and the bias make up the whole.
 *
 * Shape: weight [numHeads · dHead, dModel], z [batch, numHeads, target, dHead] → [batch, numHeads, target, dModel].
 */
function headResults(weight: Tensor, z: Tensor): Tensor {
  const [, numHeads, , dHead] = z.shape as [Dim, number, Dim, number];
  return matmul(z, reshape(weight, [1, numHeads, dHead, weight.shape[1]!]));
}

/**
 * softmax(Q Kᵀ / √dHead + mask) V ("Attention Is All You Need", 3.2.1, equation 1). Several heads of the query may share
 * one of key and value (Ainslie et al. 2023): they become rows of one product, and nothing is copied.
 *
 * Shape: query [batch, numHeads, target, dHead], key and value [batch, numHeads / group, source, dHead], mask broadcast to
 * [batch, numHeads, target, source] → as query.
 */
export function attentionOfHeads(
  query: Tensor,
  { key, value }: KeyValue,
  mask: Tensor,
  { dropout, scale = 1 / Math.sqrt(query.shape[3] as number) }: HeadsOptions,
  ctx: Context,
): Tensor {
  const [batch, numHeads, target, dHead] = query.shape as [Dim, number, Dim, number];
  const [keyHeads, source] = [key.shape[1] as number, key.shape[2]!];
  const grouped = (x: Tensor, width: Dim) => reshape(x, [batch, keyHeads, mulDims(numHeads / keyHeads, target), width]);
  const scores = matmul(grouped(query, dHead), key, { transB: true, alpha: scale });
  const masked = ctx.record("scores", add(reshape(scores, [batch, numHeads, target, source]), mask));
  const pattern = ctx.record("pattern", softmax(masked));
  ctx.record("key", key);
  ctx.record("value", value);
  return ctx.record("z", reshape(matmul(grouped(ctx.dropout(pattern, dropout), source), value), query.shape));
}

/** The keys and values of all positions of x. Shape: [batch, positions, dModel] → two [batch, numHeads, positions, dHead]. */
export function keyValue(p: Pick<AttentionParams, "key" | "value">, x: Tensor, numHeads: number): KeyValue {
  return { key: splitHeads(linear(p.key, x), numHeads), value: splitHeads(linear(p.value, x), numHeads) };
}

/** A mask over padding: 0 where `attended` is 1, forbidden where it is 0. Shape: [batch, source] → [batch, 1, 1, source]. */
export function paddingMask(attended: Tensor): Tensor {
  const [batch, source] = attended.shape as [Dim, Dim];
  return reshape(mul(sub(1, cast(attended, "float32")), FORBIDDEN), [batch, 1, 1, source]);
}

/**
 * A mask that lets no position see a later one, and in decoding each its own past.
 *
 * Shape: → [1, 1, target, target], or that of the past's mask.
 */
export function causalMask(target: Dim, past?: Past): Tensor {
  if (past !== undefined) return past.mask;
  const positions = range(target);
  const later = greater(reshape(positions, [1, 1, 1, target]), reshape(positions, [1, 1, target, 1]));
  return where(later, FORBIDDEN, 0);
}

/**
 * A causal mask, by which each position sees no more than the last so many, its own included. In decoding the distance tells,
 * since slots stand in no order.
 *
 * Shape: as `mask`, which is a causal one, or with the past's batch.
 */
export function windowMask(mask: Tensor, window: number, count: Dim, past?: Past): Tensor {
  return where(less(relativePositions(count, past), 1 - window), FORBIDDEN, mask);
}

/** A mask that lets each position see those at most so far from it, on either side. Shape: → [1, 1, count, count]. */
export function localMask(count: Dim, distance: number): Tensor {
  const behind = relativePositions(count);
  return add(where(greater(behind, distance), FORBIDDEN, 0), where(less(behind, -distance), FORBIDDEN, 0));
}

/** [batch, positions, numHeads · dHead] → [batch, numHeads, positions, dHead] */
export function splitHeads(x: Tensor, numHeads: number): Tensor {
  const [batch, positions, width] = x.shape as [Dim, Dim, number];
  return transpose(reshape(x, [batch, positions, numHeads, width / numHeads]), [0, 2, 1, 3]);
}

/** [batch, numHeads, positions, dHead] → [batch, positions, numHeads · dHead] */
export function mergeHeads(x: Tensor): Tensor {
  const [batch, numHeads, positions, dHead] = x.shape as [Dim, number, Dim, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, positions, numHeads * dHead]);
}
