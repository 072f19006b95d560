import { sym } from "../../graph/dim.ts";
import type { TensorType } from "../../graph/tensor.ts";
import type { ModelFamily } from "../family.ts";
import { type BertConfig, bertHeads, bertProblems, bertSchema, hasTypes } from "./config.ts";
import { bertScores, pooled } from "./head.ts";
import { bertStates } from "./model.ts";
import { type BertParams, type BertSpec, bertSpec } from "./spec.ts";

export { type BertConfig, bertSchema } from "./config.ts";
export { type BertSpec, bertSpec } from "./spec.ts";

/** BERT (Devlin et al. 2019), RoBERTa (Liu et al. 2019) and DistilBERT (Sanh et al. 2019). */
export const bert: ModelFamily<BertConfig, BertSpec> = {
  modelType: "bert",
  schema: bertSchema,
  problems: bertProblems,
  heads: bertHeads,
  width: ({ hiddenSize }) => hiddenSize,
  spec: bertSpec,

  inputTypes(config) {
    const ids: TensorType = { shape: [sym("batch"), sym("source")], dtype: "int32" };
    return { inputIds: ids, attentionMask: ids, ...(hasTypes(config) ? { tokenTypeIds: ids } : {}) };
  },

  forward(params, inputs, config, ctx) {
    const p = params as BertParams;
    const states = bertStates(p, inputs, config, ctx);
    if (config.head === "states" && p.pooler) ctx.derive("pooler", () => pooled(p, states, config, ctx));
    return { states, logits: (read) => bertScores(p, read, config, ctx) };
  },
};
