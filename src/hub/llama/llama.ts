import type { LlamaConfig } from "../../models/llama/index.ts";
import { formatOf } from "../kind.ts";
import {
  classesOf,
  common,
  isPlain,
  layoutAt,
  prefixOf,
  rare,
  readHeads,
  readWholeRope,
  slides,
  turnsEverywhere,
  writtenHeads,
  writtenRope,
} from "./common.ts";

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
    defaults: {
      vocab_size: 32000,
      hidden_size: 4096,
      intermediate_size: 11008,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      hidden_act: "silu",
      max_position_embeddings: 2048,
      rms_norm_eps: 1e-6,
      eos_token_id: 2,
    },
    derived: (json, path) => ({
      ...readHeads(json, { width: 4096, heads: 32 }),
      ropeParameters: readWholeRope(json, path, { theta: 10_000, longest: 2048 }),
      attentionOutputBias: json.attention_bias ?? false,
    }),
    written: (config) => ({ ...writtenHeads(config), ...writtenRope(config) }),
    unwritten: [...rare, "ropeParameters", "layerTypes", "slidingWindow", "noRopeLayers"],
    only: { token_classification_bias: [true] },
  },
  prefix: prefixOf,
  layout: (config) => layoutAt(prefixOf(config), config),
});
