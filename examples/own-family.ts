/**
 * A model family of one's own: an encoder that knows of each word only itself and its place, and a
 * decoder with one layer of attention. Registered, it trains, translates, is saved and opened like those that Heed brings:
 * examples/train-own-family.ts. docs/adding-a-family.md goes through each part.
 */
import { registerFamily } from "heed";
import { sym } from "heed/graph";
import type { ModelFamily } from "heed/models";
import {
  attention,
  attentionSpec,
  causalMask,
  keyValue,
  layerNorm,
  layerNormSpec,
  normal,
  type Params,
  paddingMask,
  param,
  positionRows,
} from "heed/nn";
import { add, gather, matmul } from "heed/ops";
import { z } from "zod";

const schema = z.strictObject({
  width: z.int().positive().default(64),
  numHeads: z.int().positive().default(4),
  maxPositionEmbeddings: z.int().positive().default(128),
  // What follows from the tokenizer:
  vocabSize: z.int().positive(),
  padTokenId: z.int().nonnegative(),
  eosTokenId: z.int().nonnegative(),
  decoderStartTokenId: z.int().nonnegative(),
});
type Config = z.output<typeof schema>;

const spec = ({ vocabSize, width, maxPositionEmbeddings }: Config) => ({
  tokens: param([vocabSize, width], normal(width ** -0.5)),
  positions: param([maxPositionEmbeddings, width], normal(width ** -0.5)),
  attentionToItself: attentionSpec(width),
  norm: layerNormSpec(width),
  attentionToSource: attentionSpec(width),
  lastNorm: layerNormSpec(width),
});
type Spec = ReturnType<typeof spec>;

export const wordsAndPlaces: ModelFamily<Config, Spec> = {
  modelType: "words-and-places",
  schema,
  problems: ({ width, numHeads }) =>
    width % numHeads === 0 ? [] : [{ key: "numHeads", message: `expected a divisor of width (${width})` }],
  heads: ["sequenceToSequence"],
  width: ({ width }) => width,
  spec,
  written: "decoderInputIds",
  inputTypes() {
    const source = { shape: [sym("batch"), sym("source")], dtype: "int32" } as const;
    const target = { shape: [sym("batch"), sym("target")], dtype: "int32" } as const;
    return { inputIds: source, attentionMask: source, decoderInputIds: target };
  },

  forward(params, { inputIds, attentionMask, decoderInputIds }, { numHeads }, ctx) {
    const p = params as Params<Spec>;
    const options = { numHeads, dropout: 0 };
    const memory = add(gather(p.tokens, inputIds!), positionRows(p.positions, inputIds!.shape[1]!));

    const count = decoderInputIds!.shape[1]!;
    let x = add(gather(p.tokens, decoderInputIds!), positionRows(p.positions, count, ctx.past));
    const itself = ctx.at("attentionToItself");
    const before = itself.behindPast(keyValue(p.attentionToItself, x, numHeads));
    x = layerNorm(
      p.norm,
      add(x, attention(p.attentionToItself, x, before, causalMask(count, ctx.past), options, itself)),
    );
    const across = ctx.at("crossAttention");
    const source = across.once(keyValue(p.attentionToSource, memory, numHeads));
    const found = attention(p.attentionToSource, x, source, paddingMask(attentionMask!), options, across);
    const states = layerNorm(p.lastNorm, add(x, found));
    return { states, logits: (some) => matmul(some, p.tokens, { transB: true }) };
  },
};

registerFamily(wordsAndPlaces);
