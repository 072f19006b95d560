import { addDims, type Dim, sizeOf, type Tensor } from "../../src/graph/index.ts";
import {
  add,
  concat,
  crossEntropy,
  div,
  gather,
  gelu,
  layerNorm,
  matmul,
  mul,
  neg,
  relu,
  reshape,
  silu,
  slice,
  softmax,
  sub,
  sum,
  sumSquare,
  transpose,
  where,
} from "../../src/ops/index.ts";
import { bools, float, ints, positive, type Sample, type SampleInput, values } from "../ops/samples/sample.ts";

type Call = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** A function composed of ops, which the fixture's script knows by the same name. */
function composite<D extends string>(
  op: string,
  dims: Readonly<Record<D, number>>,
  inputs: (dims: Readonly<Record<D, Dim>>) => readonly SampleInput[],
  call: Call,
): Sample {
  return {
    op,
    name: op,
    dims,
    build: (d) => ({ inputs: inputs(d as Readonly<Record<D, Dim>>) }),
    call: (tensors) => [call(...tensors)].flat(),
  };
}

const dims = { batch: 2, source: 3 };
const numHeads = 2;
const dHead = 2;
const dModel = numHeads * dHead;
const square = float(dModel, dModel);

function heads(x: Tensor): Tensor {
  const [batch, source] = x.shape as [Dim, Dim];
  return transpose(reshape(x, [batch, source, numHeads, dHead]), [0, 2, 1, 3]);
}

/** Scaled dot-product attention over a causal mask of the keys and a padding mask, as in a decoder's layer. */
function attention(x: Tensor, wq: Tensor, wk: Tensor, wv: Tensor, wo: Tensor, mask: Tensor): Tensor {
  const [query, key, value] = [wq, wk, wv].map((w) => heads(matmul(x, w))) as [Tensor, Tensor, Tensor];
  const scores = matmul(query, key, { transB: true, alpha: dHead ** -0.5 });
  const pattern = softmax(where(mask, scores, -1e9));
  const mixed = transpose(matmul(pattern, value), [0, 2, 1, 3]);
  return add(matmul(reshape(mixed, x.shape), wo), x);
}

export const composites: readonly Sample[] = [
  composite("gelu", dims, ({ source }) => [float(source, 4)], gelu),
  composite("silu", dims, ({ source }) => [float(source, 4)], silu),
  composite("neg", dims, ({ source }) => [float(source)], neg),
  composite(
    "square by sharing",
    dims,
    ({ source }) => [float(source)],
    (x) => mul(x, x),
  ),
  composite(
    "diamond",
    dims,
    ({ source }) => [float(source)],
    (x) => {
      const y = mul(x, 3);
      return sub(mul(y, y), mul(y, x));
    },
  ),
  composite(
    "an intermediate as output",
    dims,
    ({ source }) => [float(source, 4), float(4, 4)],
    (x, w) => {
      const hidden = relu(matmul(x, w));
      return [hidden, matmul(hidden, w, { transB: true })];
    },
  ),
  composite(
    "tied embedding",
    dims,
    ({ batch, source }) => [float(5, 4), ints(5, batch, source)],
    (table, ids) => {
      return matmul(gather(table, ids), table, { transB: true });
    },
  ),
  composite(
    "root mean square",
    dims,
    ({ source }) => [float(source, 4), float(4)],
    (x, scale) => {
      return mul(div(x, add(mul(sumSquare(x, [-1], true), 1 / 4), 0.5)), scale);
    },
  ),
  composite(
    "weighted mean",
    dims,
    ({ source }) => [float(source, 4), positive(source)],
    (x, w) => {
      return div(sum(mul(x, reshape(w, [w.shape[0]!, 1])), [0]), sum(w));
    },
  ),
  composite(
    "rotate half",
    dims,
    ({ batch, source }) => [float(batch, source, 4), float(source, 4)],
    (x, angle) => {
      return add(mul(x, angle), concat([neg(slice(x, -1, 2, 4)), slice(x, -1, 0, 2)], -1));
    },
  ),
  composite(
    "cache",
    dims,
    ({ batch, source }) => [float(batch, source, 4), float(batch, 1, 4)],
    (past, now) => {
      const all = concat([past, now], 1);
      return mul(all, slice(all, 1, past.shape[1]!, addDims(past.shape[1]!, 1)));
    },
  ),
  composite(
    "attention",
    dims,
    ({ batch, source }) => [
      float(batch, source, dModel),
      square,
      square,
      square,
      square,
      values("bool", [batch, 1, 1, source], [1, 1, 0, 1]),
    ],
    attention,
  ),
  composite(
    "feed forward",
    dims,
    ({ batch, source }) => [float(batch, source, 4), float(4, 6), float(6), float(6, 4), float(4), float(4), float(4)],
    (x, w1, b1, w2, b2, scale, bias) => {
      const inner = gelu(add(matmul(x, w1), b1));
      return layerNorm(add(x, add(matmul(inner, w2), b2)), scale, bias, 1e-5);
    },
  ),
  composite(
    "smoothed loss",
    { batch: 2, target: 3 },
    ({ batch, target }) => [
      float(batch, target, 4),
      float(6, 4),
      values("int32", [batch, target], [5, 0, -100, 3, -100, 1]),
    ],
    (x, table, labels) => {
      const [batch, target] = x.shape as [Dim, Dim];
      const logits = matmul(x, table, { transB: true });
      const rows = reshape(logits, [sizeOf([batch, target]), 6]);
      return sum(crossEntropy(rows, reshape(labels, rows.shape.slice(0, 1)), 0.1).loss);
    },
  ),
  composite(
    "masked mean",
    dims,
    ({ batch, source }) => [float(batch, source), bools(batch, source)],
    (x, mask) => {
      return mul(sum(where(mask, x, 0), [1]), 0.5);
    },
  ),
];
