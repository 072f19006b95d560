import { gradients } from "../../src/grad/index.ts";
import { input, mulDims, type Program, program, randomMask, sym, type Tensor } from "../../src/graph/index.ts";
import {
  add, cast, crossEntropy, dequantize, div, gather, gelu, layerNorm, matmul, mul, reshape, scalarConstant, slice, softmax, sqrt,
  sub, sum, sumSquare, transpose, where,
} from "../../src/ops/index.ts"; // biome-ignore format: a long list of names
import { floats } from "./programs.ts";

const [batch, target] = [sym("batch"), sym("target")];
const [VOCABULARY, WIDTH, HEADS, HIDDEN] = [40, 16, 2, 32];
const D_HEAD = WIDTH / HEADS;

/** A block of a decoder with everything that training has: dropout, tied logits, label smoothing, clipping and Adam. */
export function trainingStep(): Program {
  const parameters = {
    embedding: floats("embedding", [VOCABULARY, WIDTH]),
    qkv: floats("qkv", [WIDTH, 3 * WIDTH]),
    out: floats("out", [WIDTH, WIDTH]),
    scale: floats("scale", [WIDTH]),
    bias: floats("bias", [WIDTH]),
    up: floats("up", [WIDTH, HIDDEN]),
    down: floats("down", [HIDDEN, WIDTH]),
  };
  const labels = input("labels", { shape: [batch, target], dtype: "int32" });
  const count = cast(sum(cast(mask, "int32")), "float32");
  const loss = sum(losses(parameters, labels));
  const names = Object.keys(parameters) as (keyof typeof parameters)[];
  const grads = gradients([{ of: loss, is: scalarConstant(1) }], Object.values(parameters)).map((g) => div(g, count));
  const norm = sqrt(grads.map((g) => sumSquare(g)).reduce(add));
  const outputs: Record<string, Tensor> = { loss: div(loss, count), norm };
  for (const [i, name] of names.entries()) {
    const clipped = div(grads[i]!, add(norm, 1));
    const [m, v] = [floats(`m.${name}`, parameters[name].shape), floats(`v.${name}`, parameters[name].shape)];
    outputs[`m.${name}`] = add(mul(m, 0.9), mul(clipped, 0.1));
    outputs[`v.${name}`] = add(mul(v, 0.98), mul(mul(clipped, clipped), 0.02));
    const update = div(outputs[`m.${name}`]!, add(sqrt(outputs[`v.${name}`]!), 1e-6));
    outputs[name] = sub(parameters[name], mul(update, 0.01));
  }
  return program("training step", outputs);
}

const mask = input("attentionMask", { shape: [batch, target], dtype: "bool" });

function losses(
  p: Record<"embedding" | "qkv" | "out" | "scale" | "bias" | "up" | "down", Tensor>,
  labels: Tensor,
): Tensor {
  const ids = input("inputIds", { shape: [batch, target], dtype: "int32" });
  const embedded = mul(gather(p.embedding, ids), Math.sqrt(WIDTH));
  const attended = add(embedded, dropout("attention", matmul(attention(matmul(embedded, p.qkv)), p.out)));
  const normed = layerNorm(attended, p.scale, p.bias, 1e-5);
  const x = add(normed, dropout("feedForward", matmul(gelu(matmul(normed, p.up)), p.down)));
  const positions = mulDims(batch, target);
  const logits = matmul(reshape(x, [positions, WIDTH]), p.embedding, { transB: true });
  return crossEntropy(logits, reshape(labels, [positions]), 0.1).loss;
}

function attention(projected: Tensor): Tensor {
  const heads = transpose(reshape(projected, [batch, target, 3, HEADS, D_HEAD]), [2, 0, 3, 1, 4]);
  const [query, key, value] = [0, 1, 2].map((i) => reshape(slice(heads, 0, i, i + 1), [batch, HEADS, target, D_HEAD]));
  const scores = matmul(query!, key!, { transB: true, alpha: 1 / Math.sqrt(D_HEAD) });
  const pattern = softmax(where(reshape(mask, [batch, 1, 1, target]), scores, -1e9));
  return reshape(transpose(matmul(pattern, value!), [0, 2, 1, 3]), [batch, target, WIDTH]);
}

function dropout(name: string, x: Tensor): Tensor {
  return mul(x, dequantize(randomMask(`dropout.${name}`, x.shape, 0.9), 1 / 0.9));
}

export const programs = [trainingStep()];
