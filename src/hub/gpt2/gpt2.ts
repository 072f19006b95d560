import { gpt2 as family, type Gpt2Config } from "../../models/gpt2/index.ts";
import { formatOf } from "../kind-format.ts";
import { headAt, layoutOf, linearAt, normAt, tableAt } from "../layout.ts";
import { readTied } from "../tied.ts";

/** GPT-2, whose linear layers lie as [in, out] (Conv1D). */
export const gpt2 = formatOf<Gpt2Config>({
  modelType: "gpt2",
  family,
  fits: (config) => !config.ropeParameters && !config.useParallelResidual && config.attentionBias,
  architectures: {
    nextToken: "GPT2LMHeadModel",
    sequenceClass: "GPT2ForSequenceClassification",
    tokenClass: "GPT2ForTokenClassification",
    span: "GPT2ForQuestionAnswering",
    states: "GPT2Model",
  },
  keys: {
    names: {
      hiddenSize: "n_embd",
      numHiddenLayers: "n_layer",
      numAttentionHeads: "n_head",
      intermediateSize: "n_inner",
      maxPositionEmbeddings: "n_positions",
      hiddenAct: "activation_function",
      layerNormEps: "layer_norm_epsilon",
      embeddingDropout: "embd_pdrop",
      hiddenDropout: "resid_pdrop",
      attentionDropout: "attn_pdrop",
    },
    defaults: {
      vocab_size: 50257,
      n_positions: 1024,
      n_embd: 768,
      n_layer: 12,
      n_head: 12,
      activation_function: "gelu_new",
      layer_norm_epsilon: 1e-5,
      embd_pdrop: 0.1,
      resid_pdrop: 0.1,
      attn_pdrop: 0.1,
      eos_token_id: 50256,
      tie_word_embeddings: true,
    },
    unwritten: ["ropeParameters", "useParallelResidual", "attentionBias"],
    only: {},
    inert: [
      "n_ctx",
      "reorder_and_upcast_attn",
      ...["activation", "first_dropout", "proj_to_labels", "type", "use_proj"].map((key) => `summary_${key}`),
    ],
  },
  prefix: "transformer.",
  backbone: ["wte.", "wpe.", "h.", "ln_f."],
  ignored: [/^transformer\.h\.\d+\.attn\.(bias|masked_bias)$/, /^lm_head\.weight$/],
  found: (config, weights) => readTied(config, weights, "transformer.wte.weight", "lm_head.weight"),
  layout: ({ head }) =>
    layoutOf({
      ...tableAt("embedding.tokens", "transformer.wte"),
      ...tableAt("embedding.positions", "transformer.wpe"),
      ...normAt("layers.*.attentionNorm", "transformer.h.*.ln_1"),
      ...linearAt("layers.*.attention.queryKeyValue", "transformer.h.*.attn.c_attn", "asIs"),
      ...linearAt("layers.*.attention.output", "transformer.h.*.attn.c_proj", "asIs"),
      ...normAt("layers.*.feedForwardNorm", "transformer.h.*.ln_2"),
      ...linearAt("layers.*.feedForward.in", "transformer.h.*.mlp.c_fc", "asIs"),
      ...linearAt("layers.*.feedForward.out", "transformer.h.*.mlp.c_proj", "asIs"),
      ...normAt("norm", "transformer.ln_f"),
      ...linearAt("output", "lm_head"),
      ...headAt(head, { sequenceClass: "score", tokenClass: "classifier", span: "qa_outputs" }),
    }),
});
