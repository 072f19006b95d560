import { sym } from "../../graph/dim.ts";
import type { TensorType } from "../../graph/tensor.ts";
import type { ModelFamily } from "../family.ts";
import { shiftedRight } from "../shifted-right.ts";
import { hasDecoder, type T5Config, t5Heads, t5Problems, t5Schema } from "./config.ts";
import { headScores } from "./heads.ts";
import { decode, encode } from "./model.ts";
import { type T5Params, type T5Spec, t5Spec } from "./spec.ts";

export { activationOf, hasDecoder, type T5Config, t5Schema } from "./config.ts";
export { type T5Spec, t5Spec } from "./spec.ts";

/** T5 (Raffel et al. 2020), also 1.1 and Flan, mT5 (Xue et al. 2021) and umT5 (Chung et al. 2023). */
export const t5: ModelFamily<T5Config, T5Spec> = {
  modelType: "t5",
  schema: t5Schema,
  problems: t5Problems,
  heads: t5Heads,
  width: ({ hiddenSize }) => hiddenSize,
  spec: t5Spec,
  written: "decoderInputIds",

  inputTypes({ head }) {
    const batch = sym("batch");
    const source: TensorType = { shape: [batch, sym("source")], dtype: "int32" };
    const target: TensorType = { shape: [batch, sym("target")], dtype: "int32" };
    const read = { inputIds: source, attentionMask: source };
    return head === "sequenceToSequence" ? { ...read, decoderInputIds: target } : read;
  },

  forward(params, inputs, config, ctx) {
    const p = params as T5Params;
    const memory = encode(p, inputs.inputIds!, inputs.attentionMask!, config, ctx.at("encoder"));
    const written = () => inputs.decoderInputIds ?? shiftedRight(inputs.inputIds!, config);
    const states = hasDecoder(config) ? decode(p, written(), memory, config, ctx.at("decoder")) : memory.states;
    return { states, logits: (some) => headScores(p, some, inputs, config, ctx) };
  },
};
