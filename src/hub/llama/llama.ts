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
  readShape,
  slides,
  turnsEverywhere,
  usualDefaults,
  writtenShape,
} from "./common.ts";

const defaults = {
  ...usualDefaults,
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
  eos_token_id: 2,
};

/** Llama 1 to 3. */
export const llama = formatOf<LlamaConfig>({
  ...common,
  modelType: "llama",
  fits: (config) =>
    isPlain(config) &&
    !slides(config) &&
    turnsEverywhere(config) &&
    !config.useQkNorm &&
    config.attentionBias === config.attentionOutputBias,
  architectures: classesOf("Llama"),
  keys: {
    names: {},
    defaults,
    derived: (json, path) => ({
      ...readShape(behindIt(json, defaults), path),
      attentionOutputBias: json.attention_bias ?? false,
    }),
    written: writtenShape,
    unwritten: [...rare, "ropeParameters", "layerTypes", "slidingWindow", "noRopeLayers"],
    only: onlyBiased,
  },
  prefix: prefixOf,
  layout: (config) => layoutAt(prefixOf(config), config),
});
