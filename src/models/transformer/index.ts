import { sym } from "../../graph/dim.ts";
import type { ModelFamily } from "../family.ts";
import { type TransformerConfig, transformerProblems, transformerSchema } from "./config.ts";
import { decode, encode, freezePadding, project } from "./model.ts";
import { type TransformerParams, type TransformerSpec, transformerSpec } from "./spec.ts";

export { type TransformerConfig, type TransformerInput, transformerSchema } from "./config.ts";
export { type TransformerSpec, transformerSpec } from "./spec.ts";

/** The encoder–decoder Transformer of "Attention Is All You Need" (Vaswani et al. 2017), post-norm or pre-norm. */
export const transformer: ModelFamily<TransformerConfig, TransformerSpec> = {
  modelType: "transformer",
  schema: transformerSchema,
  problems: transformerProblems,
  heads: ["sequenceToSequence"],
  width: ({ dModel }) => dModel,
  spec: transformerSpec,
  written: "decoderInputIds",

  inputTypes() {
    const batch = sym("batch");
    const source = { shape: [batch, sym("source")], dtype: "int32" } as const;
    return {
      inputIds: source,
      attentionMask: source,
      decoderInputIds: { shape: [batch, sym("target")], dtype: "int32" },
    };
  },

  forward(p, inputs, config, ctx) {
    const params = freezePadding(p as TransformerParams, config);
    const memory = encode(params, inputs.inputIds!, inputs.attentionMask!, config, ctx.at("encoder"));
    const states = decode(params, inputs.decoderInputIds!, memory, config, ctx.at("decoder"));
    return { states, logits: (some) => project(params, some) };
  },
};
