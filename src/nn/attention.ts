import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32 } from "../graph/tensor-data.ts";
import { attend, attendToPast, FORBIDDEN } from "../ops/attend.ts";
import { add, greater, mul, sub, where } from "../ops/binary.ts";
import { constant } from "../ops/constant.ts";
import { range } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { concat, reshape, split, transpose } from "../ops/shape.ts";
import { softmax } from "../ops/softmax.ts";
import { cast } from "../ops/unary.ts";
import type { Context } from "./context.ts";
import { xavierUniformOf } from "./initializers.ts";
import { linear, linearSpec } from "./linear.ts";
import type { Params } from "./parameter.ts";

/**
 * Query, key and value begin as the thirds of one matrix [dModel, 3 · dModel], as in fairseq and PyTorch's
 * MultiheadAttention. Beginning larger, as matrices of their own, post-norm models learn much more slowly at high rates
 * (docs/benchmarks.md).
 */
export const attentionSpec = (dModel: number) => {
  const third = () => linearSpec(dModel, dModel, xavierUniformOf(3));
  return { query: third(), key: third(), value: third(), output: linearSpec(dModel, dModel) };
};

type AttentionParams = Params<typeof attentionSpec>;

export interface AttentionOptions {
  readonly numHeads: number;
  /** Dropout on the attention weights. */
  readonly dropout: number;
}

/** Keys and values of every head, each [batch, numHeads, positions, dHead]. */
export type KeyValue = { readonly key: Tensor; readonly value: Tensor };

/** Keys and values of new positions before they are cut into heads, each [batch, new, dModel], as a cache takes them. */
export type NewKeyValue = { readonly key: Tensor; readonly value: Tensor };

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
  ctx.record("key", key);
  ctx.record("value", value);
  const masked = ctx.record("scores", add(scores(query, key), mask));
  const pattern = ctx.record("pattern", softmax(masked));
  const z = ctx.record("z", matmul(ctx.dropout(pattern, options.dropout), value));
  ctx.derive("result", () => headResults(p.output.weight, z));
  return linear(p.output, mergeHeads(z));
}

/**
 * What each head adds to the output: all of them and the bias make up the whole.
 *
 * Shape: weight [dModel, dModel], z [batch, numHeads, target, dHead] → [batch, numHeads, target, dModel].
 */
function headResults(weight: Tensor, z: Tensor): Tensor {
  const [, numHeads, , dHead] = z.shape as [Dim, number, Dim, number];
  return matmul(z, reshape(weight, [1, numHeads, dHead, weight.shape[1]!]));
}

/**
 * Self-attention over a whole source as one kernel, in decoding, where what happens within is not needed.
 *
 * Shape: x [batch, source, dModel], attended [batch, source] (1 = attend) → [batch, source, dModel].
 */
export function attentionToAll(p: AttentionParams, x: Tensor, attended: Tensor, numHeads: number): Tensor {
  const { query, key, value } = p;
  const [q, k, v] = [query, key, value].map(({ weight }) => matmul(x, weight)) as [Tensor, Tensor, Tensor];
  const bias = concat([query.bias, key.bias, value.bias], 0);
  return linear(p.output, attend(q, [k, v], bias, attended, numHeads));
}

/**
 * The heads' outputs of one step of masked self-attention, to be projected: from new positions to those before them,
 * whose keys and values are cached, and to themselves. The new keys and values are returned, to be appended, and the
 * cache with them at its end.
 *
 * Shape: x [batch, new, dModel], cache [batch, numHeads, past, dHead], mask [batch, 1, new, past + new], added to the
 * scores → context, key and value [batch, new, dModel], grown [batch, numHeads, past + new, dHead].
 */
export function attentionToPast(
  p: AttentionParams,
  x: Tensor,
  cache: KeyValue,
  mask: Tensor,
  numHeads: number,
): { context: Tensor; appended: NewKeyValue; grown: KeyValue } {
  const { query, key, value } = p;
  const weight = concat([query.weight, key.weight, value.weight], 1);
  const projected = linear({ weight, bias: concat([query.bias, key.bias, value.bias], 0) }, x);
  const dModel = x.shape.at(-1) as number;
  const [q, k, v] = split(projected, [dModel, dModel, dModel], -1) as [Tensor, Tensor, Tensor];
  const { context, ...grown } = attendToPast([q, k, v], mask, [cache.key, cache.value], numHeads);
  return { context, appended: { key: k, value: v }, grown };
}

/**
 * The heads' outputs of attention to the encoder's output in one step, to be projected.
 *
 * Shape: x [batch, new, dModel], memory [batch, numHeads, source, dHead], attended [batch, source] (1 = attend)
 * → [batch, new, dModel].
 */
export function attentionToMemory(
  p: AttentionParams,
  x: Tensor,
  memory: KeyValue,
  attended: Tensor,
  numHeads: number,
): Tensor {
  const width = 2 * (x.shape.at(-1) as number);
  const unbiased = constant(float32([width], new Float32Array(width)));
  const bias = concat([p.query.bias, unbiased], 0);
  return attend(matmul(x, p.query.weight), [memory.key, memory.value], bias, attended, numHeads);
}

/** Scaled dot products, Q Kᵀ / √dHead ("Attention Is All You Need", 3.2.1, equation 1). */
function scores(query: Tensor, key: Tensor): Tensor {
  const dHead = query.shape.at(-1) as number;
  return matmul(query, key, { transB: true, alpha: 1 / Math.sqrt(dHead) });
}

/** The keys and values of all positions of x. Shape: [batch, positions, dModel] → two [batch, numHeads, positions, dHead]. */
export function keyValue(p: AttentionParams, x: Tensor, numHeads: number): KeyValue {
  return { key: splitHeads(linear(p.key, x), numHeads), value: splitHeads(linear(p.value, x), numHeads) };
}

/** A mask over padding: 0 where `attended` is 1, forbidden where it is 0. Shape: [batch, source] → [batch, 1, 1, source]. */
export function paddingMask(attended: Tensor): Tensor {
  const [batch, source] = attended.shape as [Dim, Dim];
  return reshape(mul(sub(1, cast(attended, "float32")), FORBIDDEN), [batch, 1, 1, source]);
}

/** A mask that lets no position see a later one. Shape: → [1, 1, target, target]. */
export function causalMask(target: Dim): Tensor {
  const positions = range(target);
  const later = greater(reshape(positions, [1, 1, 1, target]), reshape(positions, [1, 1, target, 1]));
  return where(later, FORBIDDEN, 0);
}

/** [batch, positions, dModel] → [batch, numHeads, positions, dHead] */
function splitHeads(x: Tensor, numHeads: number): Tensor {
  const [batch, positions, dModel] = x.shape as [Dim, Dim, number];
  return transpose(reshape(x, [batch, positions, numHeads, dModel / numHeads]), [0, 2, 1, 3]);
}

/** [batch, numHeads, positions, dHead] → [batch, positions, dModel] */
function mergeHeads(x: Tensor): Tensor {
  const [batch, numHeads, positions, dHead] = x.shape as [Dim, number, Dim, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, positions, numHeads * dHead]);
}
