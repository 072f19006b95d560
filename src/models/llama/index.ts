import { sym } from "../../graph/dim.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { mul } from "../../ops/binary.ts";
import { tanh } from "../../ops/unary.ts";
import { classScores } from "../class-heads.ts";
import type { ModelFamily } from "../family.ts";
import { tokenScores } from "../token-scores.ts";
import { type LlamaConfig, llamaHeads, llamaProblems, llamaSchema } from "./config.ts";
import { llamaStates } from "./model.ts";
import { type LlamaParams, type LlamaSpec, llamaSpec } from "./spec.ts";

export { headWidth, keyHeads, type LayerType, type LlamaConfig, layerTypeOf, llamaSchema } from "./config.ts";
export { type LlamaSpec, llamaSpec } from "./spec.ts";

/** Llama (Touvron et al. 2023), and what is built like it: Mistral, Qwen 2 and 3, Gemma 3, SmolLM 3. */
export const llama: ModelFamily<LlamaConfig, LlamaSpec> = {
  modelType: "llama",
  schema: llamaSchema,
  problems: llamaProblems,
  heads: llamaHeads,
  width: ({ hiddenSize }) => hiddenSize,
  spec: llamaSpec,
  written: "inputIds",
  inputTypes: () => ({ inputIds: { shape: [sym("batch"), sym("target")], dtype: "int32" } }),

  forward(params, inputs, config, ctx) {
    const p = params as LlamaParams;
    const ids = inputs.inputIds!;
    return {
      states: llamaStates(p, ids, config, ctx),
      logits(states) {
        if (p.head) return classScores(p.head, states, ids, config, ctx);
        if (config.head === "states") return states;
        return capped(tokenScores(p.output ?? {}, p.embedding.tokens, states), config.finalLogitSoftcapping);
      },
    };
  },
};

/** Bound softly, where there is a bound (Gemma Team 2024, section 2). */
function capped(logits: Tensor, bound: number | undefined): Tensor {
  return bound === undefined ? logits : mul(tanh(mul(logits, 1 / bound)), bound);
}
