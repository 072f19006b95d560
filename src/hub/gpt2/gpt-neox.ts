import { gpt2 as family, type Gpt2Config } from "../../models/gpt2/index.ts";
import type { JsonObject } from "../files.ts";
import { behindIt } from "../keys.ts";
import { formatOf } from "../kind-format.ts";
import { headAt, layoutOf, linearAt, normAt, tableAt } from "../layout.ts";
import { readRope, writeRope } from "../rope.ts";
import { readTied } from "../tied.ts";

/** GPT-NeoX (Pythia): rotary positions, and queries, keys and values in one matrix, head by head. */
export const gptNeox = formatOf<Gpt2Config>({
  modelType: "gpt_neox",
  family,
  fits: (config) =>
    config.ropeParameters !== undefined && config.scaleAttnWeights && !config.scaleAttnByInverseLayerIdx,
  architectures: {
    nextToken: "GPTNeoXForCausalLM",
    sequenceClass: "GPTNeoXForSequenceClassification",
    tokenClass: "GPTNeoXForTokenClassification",
    span: "GPTNeoXForQuestionAnswering",
    states: "GPTNeoXModel",
  },
  keys: {
    names: {},
    defaults: {
      vocab_size: 50432,
      hidden_size: 6144,
      num_hidden_layers: 44,
      num_attention_heads: 64,
      intermediate_size: 24576,
      hidden_act: "gelu",
      attention_dropout: 0,
      hidden_dropout: 0,
      classifier_dropout: 0.1,
      max_position_embeddings: 2048,
      layer_norm_eps: 1e-5,
      eos_token_id: 2,
      tie_word_embeddings: false,
      use_parallel_residual: true,
      attention_bias: true,
    },
    derived(json, path) {
      const absent = { rope_theta: json.rotary_emb_base ?? 10_000, max_position_embeddings: 2048 };
      const rope = readRope(behindIt(json, absent), path);
      return { ropeParameters: { partialRotaryFactor: json.rotary_pct ?? 0.25, ...rope }, ...oneDropout(json) };
    },
    written({ ropeParameters, hiddenDropout }) {
      const rope = writeRope(ropeParameters!);
      const old = { rotary_pct: ropeParameters!.partialRotaryFactor, rotary_emb_base: ropeParameters!.ropeTheta };
      return { ...rope, ...old, hidden_dropout: hiddenDropout };
    },
    unwritten: ["ropeParameters", "embeddingDropout", "scaleAttnWeights", "scaleAttnByInverseLayerIdx"],
    only: { head_dim: [] },
    inert: ["is_decoder"],
  },
  prefix: "gpt_neox.",
  backbone: ["embed_in.", "layers.", "final_layer_norm."],
  oldName: (name) => (name === "lm_head.weight" ? "embed_out.weight" : name),
  ignored: [
    /^gpt_neox\.layers\.\d+\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
    /^gpt_neox\.rotary_emb\.inv_freq$/,
    /^embed_out\.weight$/,
  ],
  found: (config, weights) => readTied(config, weights, "gpt_neox.embed_in.weight", "embed_out.weight"),
  layout: ({ head, numAttentionHeads: numHeads }) =>
    layoutOf({
      ...tableAt("embedding.tokens", "gpt_neox.embed_in"),
      ...normAt("layers.*.attentionNorm", "gpt_neox.layers.*.input_layernorm"),
      ...linearAt("layers.*.attention.queryKeyValue", "gpt_neox.layers.*.attention.query_key_value", {
        parts: 3,
        numHeads,
      }),
      ...linearAt("layers.*.attention.output", "gpt_neox.layers.*.attention.dense"),
      ...normAt("layers.*.feedForwardNorm", "gpt_neox.layers.*.post_attention_layernorm"),
      ...linearAt("layers.*.feedForward.in", "gpt_neox.layers.*.mlp.dense_h_to_4h"),
      ...linearAt("layers.*.feedForward.out", "gpt_neox.layers.*.mlp.dense_4h_to_h"),
      ...normAt("norm", "gpt_neox.final_layer_norm"),
      ...linearAt("output", "embed_out"),
      ...headAt(head, { sequenceClass: "score", tokenClass: "classifier", span: "qa_outputs" }),
    }),
});

/** One rate for embeddings and sub-layers. */
const oneDropout = ({ hidden_dropout: rate = 0 }: JsonObject) => ({ embeddingDropout: rate });
