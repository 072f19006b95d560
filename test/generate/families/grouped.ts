import { z } from "zod";
import { type Dim, sym } from "../../../src/graph/dim.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { float32 } from "../../../src/graph/tensor-data.ts";
import type { ModelFamily } from "../../../src/models/family.ts";
import { attentionOfHeads, causalMask, mergeHeads, splitHeads } from "../../../src/nn/attention.ts";
import type { Past } from "../../../src/nn/context.ts";
import { normal } from "../../../src/nn/initializers.ts";
import { layerNorm, layerNormSpec } from "../../../src/nn/layer-norm.ts";
import { type Params, param } from "../../../src/nn/parameter.ts";
import { positionRows, relativePositions } from "../../../src/nn/positions.ts";
import { add, cast, concat, constant, gather, matmul, mul, reshape, split, sub } from "../../../src/ops/index.ts";

const schema = z.strictObject({
  vocabSize: z.int().positive(),
  width: z.int().positive().default(16),
  layers: z.int().positive().default(2),
  numHeads: z.int().positive().default(4),
  keyHeads: z.int().positive().default(2),
  maxPositionEmbeddings: z.int().positive().default(64),
  padTokenId: z.int().nonnegative(),
  eosTokenId: z.int().nonnegative(),
  /** How positions are told: by turning queries and keys (RoPE), or by how far keys stand behind (ALiBi). */
  positions: z.enum(["rotary", "alibi"]).default("rotary"),
});

type Config = z.output<typeof schema>;

const matrix = (dIn: number, dOut: number) => param([dIn, dOut], normal(0.1));

const spec = ({ vocabSize, width, layers, numHeads, keyHeads }: Config) => ({
  tokens: matrix(vocabSize, width),
  layers: Array.from({ length: layers }, () => ({
    norm: layerNormSpec(width),
    query: matrix(width, width),
    key: matrix(width, (width / numHeads) * keyHeads),
    value: matrix(width, (width / numHeads) * keyHeads),
    output: matrix(width, width),
  })),
});

/** Attention alone, in which heads share keys and values, and positions are told by attention. */
export const grouped: ModelFamily<Config, ReturnType<typeof spec>> = {
  modelType: "grouped",
  schema,
  problems: () => [],
  heads: ["nextToken"],
  width: ({ width }) => width,
  spec,
  written: "inputIds",
  inputTypes: () => ({ inputIds: { shape: [sym("batch"), sym("target")], dtype: "int32" } }),

  forward(params, { inputIds }, config, ctx) {
    const p = params as Params<typeof spec>;
    const { numHeads, keyHeads } = config;
    const count = inputIds!.shape[1]!;
    const isRotary = config.positions === "rotary";
    const mask = isRotary ? causalMask(count, ctx.past) : nearerKeys(numHeads, count, ctx.past);
    const turn = isRotary ? rotary(config, count, ctx.past) : (x: Tensor) => x;
    let x = gather(p.tokens, inputIds!);
    p.layers.forEach((layer, i) => {
      const at = ctx.at(`layers.${i}.attention`);
      const h = layerNorm(layer.norm, x);
      const query = turn(splitHeads(matmul(h, layer.query), numHeads));
      const key = turn(splitHeads(matmul(h, layer.key), keyHeads));
      const seen = at.behindPast({ key, value: splitHeads(matmul(h, layer.value), keyHeads) });
      x = add(x, matmul(mergeHeads(attentionOfHeads(query, seen, mask, { dropout: 0 }, at)), layer.output));
    });
    return { states: x, logits: (some) => matmul(some, p.tokens, { transB: true }) };
  },
};

/** The causal mask, and less for keys that stand further behind, by slopes of the heads (Press et al. 2022). */
function nearerKeys(numHeads: number, count: Dim, past: Past | undefined): Tensor {
  const slopes = Float32Array.from({ length: numHeads }, (_, i) => 0.7 ** (i + 1));
  const distances = cast(relativePositions(count, past), "float32");
  return add(causalMask(count, past), mul(constant(float32([numHeads, 1, 1], slopes)), distances));
}

/** Turns pairs of numbers by angles that grow with the position (Su et al. 2021). */
function rotary(config: Config, count: Dim, past: Past | undefined): (x: Tensor) => Tensor {
  const half = config.width / config.numHeads / 2;
  const rows = (f: (angle: number) => number) => {
    const numbers = Float32Array.from({ length: config.maxPositionEmbeddings * half }, (_, i) =>
      f(Math.floor(i / half) / 10_000 ** ((i % half) / half)),
    );
    const found = positionRows(constant(float32([config.maxPositionEmbeddings, half], numbers)), count, past);
    return found.rank === 2 ? found : reshape(found, [found.shape[0]!, 1, count, half]);
  };
  const [cos, sin] = [rows(Math.cos), rows(Math.sin)];
  return (x) => {
    const [a, b] = split(x, [half, half], -1) as [Tensor, Tensor];
    return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
  };
}
