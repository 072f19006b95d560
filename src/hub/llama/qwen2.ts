import type { LlamaConfig } from "../../models/llama/index.ts";
import { behindIt } from "../keys.ts";
import { formatOf } from "../kind-format.ts";
import {
  classesOf,
  common,
  isPlain,
  layoutAt,
  onlyBiased,
  prefixOf,
  rare,
  readLateWindows,
  readShape,
  turnsEverywhere,
  usualDefaults,
  writtenShape,
  writtenWindows,
} from "./common.ts";

const defaults = {
  ...usualDefaults,
  vocab_size: 151_936,
  hidden_size: 4096,
  intermediate_size: 22016,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  max_position_embeddings: 32768,
  use_sliding_window: false,
  sliding_window: 4096,
  max_window_layers: 28,
};

/** Qwen 2 and 2.5: queries, keys and values have biases, and nothing else has. */
export const qwen2 = formatOf<LlamaConfig>({
  ...common,
  modelType: "qwen2",
  fits: (config) =>
    isPlain(config) &&
    turnsEverywhere(config) &&
    config.attentionBias &&
    !(config.useQkNorm || config.attentionOutputBias || config.mlpBias),
  architectures: classesOf("Qwen2"),
  keys: {
    names: {},
    defaults,
    derived(json, path) {
      const stated = behindIt(json, defaults);
      return { ...readShape(stated, path), ...readLateWindows(stated), attentionBias: true };
    },
    written: (config) => ({ ...writtenShape(config), ...writtenWindows(config) }),
    unwritten: [...rare, "ropeParameters", "attentionBias", "mlpBias", "layerTypes", "slidingWindow", "noRopeLayers"],
    only: onlyBiased,
  },
  prefix: prefixOf,
  layout: (config) => layoutAt(prefixOf(config), config),
});
