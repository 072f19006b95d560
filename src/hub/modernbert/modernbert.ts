import { modernBert as family, type ModernBertConfig } from "../../models/modernbert/index.ts";
import type { JsonObject } from "../files.ts";
import { formatOf } from "../kind-format.ts";
import { headAt, layoutOf, linearAt, normAt, tableAt } from "../layout.ts";
import { readRopeObject, writeRope } from "../rope.ts";

/** ModernBERT. */
export const modernBert = formatOf<ModernBertConfig>({
  modelType: "modernbert",
  family,
  fits: () => true,
  architectures: {
    maskedToken: "ModernBertForMaskedLM",
    sequenceClass: "ModernBertForSequenceClassification",
    tokenClass: "ModernBertForTokenClassification",
    span: "ModernBertForQuestionAnswering",
    states: "ModernBertModel",
  },
  keys: {
    names: { hiddenAct: "hidden_activation", layerNormEps: "norm_eps" },
    defaults: {
      vocab_size: 50368,
      hidden_size: 768,
      intermediate_size: 1152,
      num_hidden_layers: 22,
      num_attention_heads: 12,
      hidden_activation: "gelu",
      max_position_embeddings: 8192,
      pad_token_id: 50283,
      eos_token_id: 50282,
    },
    derived: (json, path) => ({
      ropeParameters: {
        fullAttention: ropeOfLayers(json, "full_attention", json.global_rope_theta ?? 160_000, path),
        slidingAttention: ropeOfLayers(json, "sliding_attention", json.local_rope_theta ?? 10_000, path),
      },
    }),
    written({ ropeParameters: { fullAttention, slidingAttention } }) {
      const [full, sliding] = [fullAttention, slidingAttention].map((rope) => writeRope(rope).rope_parameters);
      return {
        rope_parameters: { full_attention: full, sliding_attention: sliding },
        global_rope_theta: fullAttention.ropeTheta,
        local_rope_theta: slidingAttention.ropeTheta,
      };
    },
    unwritten: ["ropeParameters"],
    only: { head_dim: [] },
    inert: [
      ...["initializer_cutoff_factor", "deterministic_flash_attn", "sparse_pred_ignore_index", "sparse_prediction"],
      ...["reference_compile", "repad_logits_with_grad"],
    ],
  },
  prefix: "model.",
  backbone: ["embeddings.", "layers.", "final_norm."],
  ignored: [/^model\.(layers\.\d+\.attn\.)?rotary_emb\..*inv_freq$/, /^(head|decoder)\./],
  layout: ({ head }) =>
    layoutOf({
      ...tableAt("embedding.tokens", "model.embeddings.tok_embeddings"),
      ...normAt("embedding.norm", "model.embeddings.norm"),
      ...normAt("layers.*.attentionNorm", "model.layers.*.attn_norm"),
      ...linearAt("layers.*.attention.queryKeyValue", "model.layers.*.attn.Wqkv"),
      ...linearAt("layers.*.attention.output", "model.layers.*.attn.Wo"),
      ...normAt("layers.*.feedForwardNorm", "model.layers.*.mlp_norm"),
      ...linearAt("layers.*.feedForward.in", "model.layers.*.mlp.Wi"),
      ...linearAt("layers.*.feedForward.out", "model.layers.*.mlp.Wo"),
      ...normAt("norm", "model.final_norm"),
      ...linearAt("prediction.dense", "head.dense"),
      ...normAt("prediction.norm", "head.norm"),
      ...linearAt("output", "decoder"),
      ...headAt(head, { sequenceClass: "classifier", tokenClass: "classifier", span: "classifier" }),
    }),
});

/** Rotary positions of layers of one type; `rope_scaling`, from before transformers 5, is of all layers. */
function ropeOfLayers(json: JsonObject, layerType: string, theta: unknown, path: string): JsonObject {
  const stated = (json.rope_parameters as JsonObject | undefined)?.[layerType] as JsonObject | undefined;
  const scaling = json.rope_scaling as JsonObject | undefined;
  return readRopeObject({ rope_theta: theta, ...stated, ...scaling }, path, json.max_position_embeddings ?? 8192);
}
