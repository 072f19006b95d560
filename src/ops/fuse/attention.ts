import { type Dim, dimEquals } from "../../graph/dim.ts";
import { type Replacement, type Rule, replacement } from "../../graph/rewrite.ts";
import { Tensor } from "../../graph/tensor.ts";
import { float32 } from "../../graph/tensor-data.ts";
import { attend, attendToPast } from "../attend.ts";
import { attendHeads, maskFits } from "../attend-heads.ts";
import { add, addOp } from "../binary.ts";
import { constant } from "../constant.ts";
import { type MatmulOptions, matmul, matmulOp } from "../matmul.ts";
import { broadcastTo } from "../reduce.ts";
import { concat, concatOp, reshape, reshapeOp, split } from "../shape.ts";
import { softmaxOp } from "../softmax.ts";
import { type Affine, affine, attendedOf, inputsOf, ofHeads, uncut } from "./match.ts";

/** softmax(scale · Q Kᵀ + mask) V of heads, where nothing else reads what happens within. */
interface HeadsAttention {
  /** [batch, heads, target, dHead], or with the heads of a group as rows, as `query`. */
  readonly product: Tensor;
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly mask: Tensor;
  readonly scores: Tensor;
  readonly scale: number;
}

type Uses = Parameters<Rule>[1];

function headsAttention(product: Tensor | undefined, uses: Uses): HeadsAttention | undefined {
  const [grouped, value] = inputsOf(product, matmulOp);
  const pattern = ungrouped(grouped);
  const [scores] = inputsOf(pattern, softmaxOp);
  const [raw, mask] = inputsOf(scores, addOp);
  const dots = ungrouped(raw);
  const [query, key] = inputsOf(dots, matmulOp);
  if (!(product && grouped && value && pattern && scores && raw && mask && dots && query && key)) return undefined;
  const { transA, transB, alpha } = dots.node.attrs as Required<MatmulOptions>;
  const inner = [...new Set([grouped, pattern, scores, raw, dots])];
  if (transA || !transB || !inner.every((tensor) => uses(tensor) === 1)) return undefined;
  return { product, query, key, value, mask, scores, scale: alpha };
}

/** Where heads share keys, those of a group are rows of one product, which a reshape makes of heads and undoes. */
const ungrouped = (x: Tensor | undefined) => inputsOf(x, reshapeOp)[0] ?? x;

/** Attention from affine maps of states, whose heads are put side by side after it: one kernel that cuts heads itself. */
export const multiHeadAttention: Rule = (node, uses) => {
  const context = new Tensor(node, 0);
  const found = headsAttention(ofHeads(context), uses);
  if (found === undefined || uses(found.product) > 1) return undefined;
  const query = affine(uncut(found.query));
  const [numHeads, dHead] = [found.query.shape[1] as number, found.query.shape[3] as number];
  if (query === undefined || Math.abs(found.scale - 1 / Math.sqrt(dHead)) > 1e-12) return undefined;
  const parts: Parts = { ...found, context, query, numHeads };
  return toPast(parts) ?? toAll(parts) ?? toMemory(parts);
};

interface Parts {
  readonly context: Tensor;
  readonly query: Affine;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly mask: Tensor;
  readonly numHeads: number;
}

/** To cached positions and to those of the query: one product, with the three matrices side by side. */
function toPast({ context, query, key, value, mask, numHeads }: Parts): Replacement | undefined {
  const [pastKey, newKey] = inputsOf(key, concatOp);
  const [pastValue, newValue] = inputsOf(value, concatOp);
  const [k, v] = [affine(uncut(newKey)), affine(uncut(newValue))];
  if (!(pastKey && pastValue && k && v) || k.x.node !== query.x.node || v.x.node !== query.x.node) return undefined;
  const [, ofHeads, rows, columns] = mask.shape;
  const [target, source] = [context.shape[1]!, key.shape[2]!];
  if (mask.rank !== 4 || ofHeads !== 1 || !dimEquals(rows!, target) || !dimEquals(columns!, source)) return undefined;
  const all = [query, k, v];
  const [qW, kW, vW] = all.map(({ weight }) => weight) as [Tensor, Tensor, Tensor];
  const [qB, kB, vB] = all.map(({ bias }) => bias) as [Tensor, Tensor, Tensor];
  const from = { x: query.x, qW, kW, vW, qB, kB, vB, mask, pastKey, pastValue };
  return replacement([context, key, value, k.whole, v.whole], from, (now) => {
    const projected = add(matmul(now.x, concat([now.qW, now.kW, now.vW], 1)), concat([now.qB, now.kB, now.vB], 0));
    const widths = all.map(({ weight }) => weight.shape[1]!);
    const [q, newK, newV] = split(projected, widths, -1) as [Tensor, Tensor, Tensor];
    const made = attendToPast([q, newK, newV], now.mask, [now.pastKey, now.pastValue], numHeads);
    return [made.context, made.key, made.value, newK, newV];
  });
}

/** To all positions that are no padding. */
function toAll({ context, query, key, value, mask, numHeads }: Parts): Replacement | undefined {
  const [k, v] = [affine(uncut(key)), affine(uncut(value))];
  const attended = attendedOf(mask);
  if (!(k && v && attended)) return undefined;
  const from = { q: query.product, k: k.product, v: v.product, qB: query.bias, kB: k.bias, vB: v.bias, attended };
  return replacement([context], from, ({ q, k, v, qB, kB, vB, attended }) => [
    attend(q, [k, v], concat([qB, kB, vB], 0), attended, numHeads),
  ]);
}

/** To keys and values that are cut into heads already. */
function toMemory({ context, query, key, value, mask, numHeads }: Parts): Replacement | undefined {
  const attended = attendedOf(mask);
  if (attended === undefined || key.shape[1] !== numHeads) return undefined;
  const width = 2 * (context.shape[2] as number);
  const from = { q: query.product, bias: query.bias, key, value, attended };
  return replacement([context], from, ({ q, bias, key, value, attended }) => {
    const unbiased = constant(float32([width], new Float32Array(width)));
    return [attend(q, [key, value], concat([bias, unbiased], 0), attended, numHeads)];
  });
}

/** Attention of any queries, keys and values by heads, turned or shared by groups. */
export const attentionOfHeads: Rule = (node, uses) => {
  const found = headsAttention(new Tensor(node, 0), uses);
  if (found === undefined) return undefined;
  const { product, key, value, mask, scores, scale } = found;
  const [batch, heads, target, source] = scores.shape as [number, number, number, number];
  const shape = rowsFor(target, mask.shape);
  if (!maskFits({ shape, dtype: mask.dtype }, [batch, heads, target, source])) return undefined;
  const withRows = (mask: Tensor) => broadcastTo(mask, shape);
  const byHeads = (query: Tensor) => reshape(query, [batch, heads, target, query.shape[3]!]);
  const [pastKey, newKey] = inputsOf(key, concatOp);
  const [pastValue, newValue] = inputsOf(value, concatOp);
  if (!(pastKey && newKey && pastValue && newValue)) {
    const from = { query: found.query, key, value, mask };
    return replacement([product], from, (now) => {
      const [context] = attendHeads(byHeads(now.query), [now.key, now.value], withRows(now.mask), scale);
      return [reshape(context!, product.shape)];
    });
  }
  const from = { query: found.query, key: newKey, value: newValue, mask, pastKey, pastValue };
  return replacement([product, key, value], from, (now) => {
    const past = [now.pastKey, now.pastValue] as const;
    const [context, ...grown] = attendHeads(byHeads(now.query), [now.key, now.value], withRows(now.mask), scale, past);
    return [reshape(context!, product.shape), ...grown];
  });
};

/** The shape of a mask with a row for each query, where it has one for all. */
const rowsFor = (target: Dim, shape: readonly Dim[]): readonly Dim[] =>
  shape.map((dim, axis) => (axis === 2 && dim === 1 ? target : dim));
