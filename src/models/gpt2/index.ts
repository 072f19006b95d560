import { sym } from "../../graph/dim.ts";
import { classScores } from "../class-heads.ts";
import type { ModelFamily } from "../family.ts";
import { tokenScores } from "../token-scores.ts";
import { type Gpt2Config, gpt2Heads, gpt2Problems, gpt2Schema } from "./config.ts";
import { gpt2States } from "./model.ts";
import { type Gpt2Params, type Gpt2Spec, gpt2Spec } from "./spec.ts";

export { type Gpt2Config, gpt2Schema } from "./config.ts";
export { type Gpt2Spec, gpt2Spec } from "./spec.ts";

/** GPT-2 (Radford et al. 2019), and GPT-NeoX (Black et al. 2022), which turns queries and keys by their positions. */
export const gpt2: ModelFamily<Gpt2Config, Gpt2Spec> = {
  modelType: "gpt2",
  schema: gpt2Schema,
  problems: gpt2Problems,
  heads: gpt2Heads,
  width: ({ hiddenSize }) => hiddenSize,
  spec: gpt2Spec,
  written: "inputIds",
  inputTypes: () => ({ inputIds: { shape: [sym("batch"), sym("target")], dtype: "int32" } }),

  forward(params, inputs, config, ctx) {
    const p = params as Gpt2Params;
    const ids = inputs.inputIds!;
    return {
      states: gpt2States(p, ids, config, ctx),
      logits(states) {
        if (p.head) return classScores(p.head, states, ids, config, ctx);
        if (config.head === "states") return states;
        return tokenScores(p.output ?? {}, p.embedding.tokens, states);
      },
    };
  },
};
