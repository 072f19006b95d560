import { headWidth, type LlamaConfig } from "../../models/llama/index.ts";
import type { RopeParameters } from "../../models/rope.ts";
import { countOf, snakeKeys } from "../config.ts";
import type { JsonObject } from "../files.ts";
import { behindIt } from "../keys.ts";
import { formatOf } from "../kind-format.ts";
import { readRopeObject, writeRope } from "../rope.ts";
import {
  allLayerTypes,
  common,
  layoutAt,
  perLayer,
  rare,
  readShape,
  readWindows,
  turnsEverywhere,
  turnsWhole,
  wholeRope,
  writtenShape,
} from "./common.ts";

const defaults = {
  vocab_size: 262_208,
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  hidden_activation: "gelu_pytorch_tanh",
  max_position_embeddings: 131_072,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  rope_local_base_freq: 10_000,
  query_pre_attn_scalar: 256,
  sliding_window: 4096,
  sliding_window_pattern: 6,
  tie_word_embeddings: true,
  pad_token_id: 0,
  eos_token_id: 1,
};

/** Gemma 3 without pictures. `attn_logit_softcapping` stands in its configs, but its class does not compute it. */
export const gemma3Text = formatOf<LlamaConfig>({
  ...common,
  modelType: "gemma3_text",
  fits: (config) =>
    [config.normalizeAfter, config.zeroCenteredNorms, config.scaleEmbedding, config.useQkNorm].every(Boolean) &&
    !config.mlpBias &&
    config.attentionBias === config.attentionOutputBias &&
    turnsEverywhere(config) &&
    [config.ropeParameters, config.slidingRopeParameters ?? config.ropeParameters].every(isKnown),
  architectures: {
    nextToken: "Gemma3ForCausalLM",
    sequenceClass: "Gemma3TextForSequenceClassification",
    states: "Gemma3TextModel",
  },
  keys: {
    names: { hiddenAct: "hidden_activation" },
    defaults,
    derived(json, path) {
      const stated: JsonObject = behindIt(json, defaults);
      const windows = readWindows(stated.layer_types ?? typesOf(stated, path), stated.sliding_window);
      const { full, sliding } = readRopes(stated, path);
      return {
        ...readShape({ ...stated, rope_parameters: null, rope_scaling: null }, path),
        ...windows,
        ropeParameters: full,
        slidingRopeParameters: windows.layerTypes === undefined ? undefined : sliding,
        useQkNorm: true,
        normalizeAfter: true,
        zeroCenteredNorms: true,
        scaleEmbedding: true,
        attentionOutputBias: json.attention_bias ?? false,
      };
    },
    written: (config) => ({
      ...writtenShape(config),
      ...writtenRopes(config),
      query_pre_attn_scalar: config.queryPreAttnScalar ?? headWidth(config),
      layer_types: allLayerTypes(config),
      sliding_window: config.slidingWindow ?? null,
    }),
    unwritten: [
      ...rare.filter((key) => key !== "queryPreAttnScalar" && key !== "finalLogitSoftcapping"),
      ...(["ropeParameters", "mlpBias", "layerTypes", "slidingWindow", "noRopeLayers"] as const),
    ],
    only: { use_bidirectional_attention: [false] },
  },
  prefix: "model.",
  layout: (config) => layoutAt("model.", config),
});

/** All but every sixth layer have windows. */
function typesOf(json: JsonObject, path: string): string[] {
  const pattern = countOf(json, "sliding_window_pattern", path);
  return perLayer(json, (layer) => ((layer + 1) % pattern === 0 ? "full_attention" : "sliding_attention"));
}

/** Its class looks for `truncate` where it never stands. */
const isKnown = (rope: RopeParameters) => turnsWhole(rope) && (rope.ropeType !== "yarn" || rope.truncate);

/** Rotary positions of each type of layer; those of whole attention may be scaled, as before transformers 5. */
function readRopes(json: JsonObject, path: string) {
  const stated = (json.rope_parameters ?? {}) as Readonly<Record<string, JsonObject | null>>;
  const read = (type: string, theta: unknown, scaling: unknown) => {
    const object = { rope_theta: theta, ...(stated[type] ?? { rope_type: "default" }), ...(scaling ?? {}) };
    return wholeRope(readRopeObject({ ...object, truncate: true }, path, json.max_position_embeddings));
  };
  return {
    full: read("full_attention", json.rope_theta, json.rope_scaling),
    sliding: read("sliding_attention", json.rope_local_base_freq, undefined),
  };
}

function writtenRopes({ ropeParameters: full, slidingRopeParameters: sliding = full }: LlamaConfig): JsonObject {
  return {
    ...writeRope(full),
    rope_local_base_freq: sliding.ropeTheta,
    rope_parameters: { full_attention: snakeKeys(full), sliding_attention: snakeKeys(sliding) },
  };
}
