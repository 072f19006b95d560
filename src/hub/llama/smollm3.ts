import type { LlamaConfig } from "../../models/llama/index.ts";
import { countOf } from "../config.ts";
import type { JsonObject } from "../files.ts";
import { behindIt } from "../keys.ts";
import { formatOf } from "../kind-format.ts";
import {
  classesOf,
  common,
  isPlain,
  layoutAt,
  onlyBiased,
  perLayer,
  prefixOf,
  rare,
  readShape,
  readWindows,
  usualDefaults,
  writtenShape,
  writtenWindows,
} from "./common.ts";

const defaults = {
  ...usualDefaults,
  vocab_size: 128_256,
  hidden_size: 2048,
  intermediate_size: 11008,
  num_hidden_layers: 36,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  max_position_embeddings: 32768,
  rope_theta: 2_000_000,
  use_sliding_window: false,
  no_rope_layer_interval: 4,
  tie_word_embeddings: true,
  pad_token_id: 128_004,
  eos_token_id: 128_001,
};

/** SmolLM 3: some layers do not turn by positions, and those may have a window. */
export const smollm3 = formatOf<LlamaConfig>({
  ...common,
  modelType: "smollm3",
  fits: (config) => isPlain(config) && !config.useQkNorm && config.attentionBias === config.attentionOutputBias,
  architectures: classesOf("SmolLM3"),
  keys: {
    names: {},
    defaults,
    derived(json, path) {
      const stated: JsonObject = behindIt(json, defaults);
      const turning = turningLayers(stated, path);
      return {
        ...readShape(stated, path),
        noRopeLayers: perLayer(stated, (layer) => Object(turning)[layer]).every((turns) => turns === 1)
          ? undefined
          : turning,
        ...readWindows(stated.layer_types ?? windowsOf(stated, turning), stated.sliding_window),
        attentionOutputBias: json.attention_bias ?? false,
      };
    },
    written: (config) => ({
      ...writtenShape(config),
      ...writtenWindows(config),
      no_rope_layers: perLayer({ num_hidden_layers: config.numHiddenLayers }, (i) => config.noRopeLayers?.[i] ?? 1),
    }),
    unwritten: [...rare, "ropeParameters", "layerTypes", "slidingWindow", "noRopeLayers"],
    only: onlyBiased,
    // Where layer_types stand, they say it.
    inert: ["use_sliding_window", "no_rope_layer_interval"],
  },
  prefix: prefixOf,
  layout: (config) => layoutAt(prefixOf(config), config),
});

/** For each layer 1 where it turns, else 0: every fourth does not, unless the config says otherwise. */
function turningLayers(json: JsonObject, path: string): unknown {
  const { no_rope_layers: stated } = json;
  if (Array.isArray(stated)) return stated.map((turns) => (typeof turns === "boolean" ? Number(turns) : turns));
  if (stated !== undefined && stated !== null) return stated;
  const interval = countOf(json, "no_rope_layer_interval", path);
  return perLayer(json, (layer) => ((layer + 1) % interval === 0 ? 0 : 1));
}

function windowsOf(json: JsonObject, turning: unknown): unknown[] {
  const isUsed = json.use_sliding_window === true && typeof json.sliding_window === "number";
  const stays = (layer: number) => (Array.isArray(turning) ? turning[layer] === 0 : false);
  return perLayer(json, (layer) => (isUsed && stays(layer) ? "sliding_attention" : "full_attention"));
}
