import { sym } from "../../graph/dim.ts";
import type { TensorType } from "../../graph/tensor.ts";
import type { ModelFamily } from "../family.ts";
import { type ModernBertConfig, modernBertHeads, modernBertProblems, modernBertSchema } from "./config.ts";
import { modernBertScores } from "./head.ts";
import { modernBertStates } from "./model.ts";
import { type ModernBertParams, type ModernBertSpec, modernBertSpec } from "./spec.ts";

export { type ModernBertConfig, modernBertSchema } from "./config.ts";
export { type ModernBertSpec, modernBertSpec } from "./spec.ts";

/** ModernBERT (Warner et al. 2024). */
export const modernBert: ModelFamily<ModernBertConfig, ModernBertSpec> = {
  modelType: "modernbert",
  schema: modernBertSchema,
  problems: modernBertProblems,
  heads: modernBertHeads,
  width: ({ hiddenSize }) => hiddenSize,
  spec: modernBertSpec,

  inputTypes() {
    const ids: TensorType = { shape: [sym("batch"), sym("source")], dtype: "int32" };
    return { inputIds: ids, attentionMask: ids };
  },

  forward(params, inputs, config, ctx) {
    const p = params as ModernBertParams;
    return {
      states: modernBertStates(p, inputs, config, ctx),
      logits: (states) => modernBertScores(p, states, inputs.attentionMask!, config, ctx),
    };
  },
};
