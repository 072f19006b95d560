import { z } from "zod";
import { sym } from "../../../src/graph/dim.ts";
import type { ModelFamily } from "../../../src/models/family.ts";
import { attention, attentionSpec, causalMask, keyValue } from "../../../src/nn/attention.ts";
import { feedForward, feedForwardSpec } from "../../../src/nn/feed-forward.ts";
import { normal } from "../../../src/nn/initializers.ts";
import { layerNorm, layerNormSpec } from "../../../src/nn/layer-norm.ts";
import { type Params, param } from "../../../src/nn/parameter.ts";
import { positionRows } from "../../../src/nn/positions.ts";
import { add, gather, matmul } from "../../../src/ops/index.ts";

const schema = z.strictObject({
  vocabSize: z.int().positive(),
  width: z.int().positive().default(16),
  layers: z.int().positive().default(3),
  numHeads: z.int().positive().default(4),
  dropout: z.number().min(0).lt(1).default(0.1),
  maxPositionEmbeddings: z.int().positive().default(64),
  padTokenId: z.int().nonnegative(),
  eosTokenId: z.int().nonnegative(),
});

type Config = z.output<typeof schema>;

const spec = ({ vocabSize, width, layers, maxPositionEmbeddings }: Config) => ({
  tokens: param([vocabSize, width], normal(0.02)),
  positions: param([maxPositionEmbeddings, width], normal(0.02)),
  layers: Array.from({ length: layers }, () => ({
    attentionNorm: layerNormSpec(width),
    attention: attentionSpec(width),
    feedForwardNorm: layerNormSpec(width),
    feedForward: feedForwardSpec(width, 4 * width),
  })),
  norm: layerNormSpec(width),
});

/** A pre-norm decoder with learned positions, that reads what it writes. */
export const decoderOnly: ModelFamily<Config, ReturnType<typeof spec>> = {
  modelType: "decoder-only",
  schema,
  problems: () => [],
  heads: ["nextToken"],
  width: ({ width }) => width,
  spec,
  written: "inputIds",
  inputTypes: () => ({ inputIds: { shape: [sym("batch"), sym("target")], dtype: "int32" } }),

  forward(params, { inputIds }, { numHeads, dropout }, ctx) {
    const p = params as Params<typeof spec>;
    const count = inputIds!.shape[1]!;
    const mask = causalMask(count, ctx.past);
    const embedded = add(gather(p.tokens, inputIds!), positionRows(p.positions, count, ctx.past));
    let x = ctx.at("embedding").dropout(embedded, dropout);
    p.layers.forEach((layer, i) => {
      const [attending, feeding] = ["attention", "feedForward"].map((name) => ctx.at(`layers.${i}.${name}`));
      const h = layerNorm(layer.attentionNorm, x);
      const seen = attending!.behindPast(keyValue(layer.attention, h, numHeads));
      const attended = attention(layer.attention, h, seen, mask, { numHeads, dropout }, attending!);
      x = add(x, attending!.at("output").dropout(attended, dropout));
      const g = layerNorm(layer.feedForwardNorm, x);
      const fed = feedForward(layer.feedForward, g, { activation: "gelu", dropout: 0 }, feeding!);
      x = ctx.record(`layers.${i}.output`, add(x, feeding!.at("output").dropout(fed, dropout)));
    });
    const states = ctx.record("output", layerNorm(p.norm, x));
    return { states, logits: (some) => matmul(some, p.tokens, { transB: true }) };
  },
};
