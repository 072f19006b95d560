import { sym } from "../../graph/dim.ts";
import type { ModelFamily } from "../family.ts";
import { shiftedRight } from "../shifted-right.ts";
import { classScores } from "./class-head.ts";
import { type TransformerConfig, transformerHeads, transformerProblems, transformerSchema } from "./config.ts";
import { decode, encode, freezePadding, project } from "./model.ts";
import { type TransformerParams, type TransformerSpec, transformerSpec } from "./spec.ts";

export { type TransformerConfig, type TransformerInput, transformerSchema } from "./config.ts";
export { type TransformerSpec, transformerSpec } from "./spec.ts";

/**
 * The encoder–decoder Transformer of "Attention Is All You Need" (Vaswani et al. 2017), post-norm or pre-norm; with keys of
 * its config also Marian, Pegasus, BART, mBART and M2M-100.
 */
export const transformer: ModelFamily<TransformerConfig, TransformerSpec> = {
  modelType: "transformer",
  schema: transformerSchema,
  problems: transformerProblems,
  heads: transformerHeads,
  width: ({ dModel }) => dModel,
  spec: transformerSpec,
  written: "decoderInputIds",

  inputTypes({ head }) {
    const batch = sym("batch");
    const source = { shape: [batch, sym("source")], dtype: "int32" } as const;
    const read = { inputIds: source, attentionMask: source };
    if (head === "sequenceClass") return read;
    return { ...read, decoderInputIds: { shape: [batch, sym("target")], dtype: "int32" } };
  },

  forward(p, inputs, config, ctx) {
    const params = freezePadding(p as TransformerParams, config);
    const source = inputs.inputIds!;
    const memory = encode(params, source, inputs.attentionMask!, config, ctx.at("encoder"));
    const target = inputs.decoderInputIds ?? shiftedRight(source, config);
    const states = decode(params, target, memory, config, ctx.at("decoder"));
    const { head } = params;
    return {
      states,
      logits: (some) => (head ? classScores(head, some, source, config, ctx.at("head")) : project(params, some)),
    };
  },
};
