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
  head_dim: 128,
  max_position_embeddings: 32768,
  use_sliding_window: false,
  sliding_window: 4096,
  max_window_layers: 28,
};

/** Qwen 3: queries and keys are normalised. */
export const qwen3 = formatOf<LlamaConfig>({
  ...common,
  modelType: "qwen3",
  fits: (config) =>
    isPlain(config) &&
    turnsEverywhere(config) &&
    config.useQkNorm &&
    !config.mlpBias &&
    config.attentionBias === config.attentionOutputBias,
  architectures: classesOf("Qwen3"),
  keys: {
    names: {},
    defaults,
    derived(json, path) {
      const stated = behindIt(json, defaults);
      const attentionOutputBias = json.attention_bias ?? false;
      return { ...readShape(stated, path), ...readLateWindows(stated), useQkNorm: true, attentionOutputBias };
    },
    written: (config) => ({ ...writtenShape(config), ...writtenWindows(config) }),
    unwritten: [...rare, "ropeParameters", "mlpBias", "layerTypes", "slidingWindow", "noRopeLayers"],
    only: onlyBiased,
  },
  prefix: prefixOf,
  layout: (config) => layoutAt(prefixOf(config), config),
});
