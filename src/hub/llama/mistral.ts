import type { LlamaConfig } from "../../models/llama/index.ts";
import { behindIt } from "../keys.ts";
import { formatOf } from "../kind-format.ts";
import {
  allLayerTypes,
  classesOf,
  common,
  isPlain,
  layoutAt,
  onlyBiased,
  perLayer,
  rare,
  readShape,
  readWindows,
  slides,
  turnsEverywhere,
  usualDefaults,
  writtenShape,
} from "./common.ts";

const defaults = {
  ...usualDefaults,
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  max_position_embeddings: 131_072,
  sliding_window: 4096,
  eos_token_id: 2,
};

/** Mistral: no biases, and a window in all layers or in none. */
export const mistral = formatOf<LlamaConfig>({
  ...common,
  modelType: "mistral",
  fits: (config) =>
    isPlain(config) &&
    turnsEverywhere(config) &&
    !(config.useQkNorm || config.attentionBias || config.attentionOutputBias || config.mlpBias) &&
    new Set(allLayerTypes(config)).size === 1,
  architectures: classesOf("Mistral"),
  keys: {
    names: {},
    defaults,
    derived(json, path) {
      const stated = behindIt(json, defaults);
      const window: unknown = stated.sliding_window;
      const types = perLayer(stated, () => (window === null ? "full_attention" : "sliding_attention"));
      return { ...readShape(stated, path), ...readWindows(types, window) };
    },
    written: (config) => ({
      ...writtenShape(config),
      sliding_window: slides(config) ? config.slidingWindow : null,
    }),
    unwritten: [...rare, "ropeParameters", "attentionBias", "mlpBias", "layerTypes", "slidingWindow", "noRopeLayers"],
    only: onlyBiased,
  },
  prefix: "model.",
  layout: (config) => layoutAt("model.", config),
});
