import type { LlamaConfig } from "../../models/llama/index.ts";
import type { JsonObject } from "../files.ts";
import { formatOf } from "../kind.ts";
import {
  allLayerTypes,
  classesOf,
  common,
  isPlain,
  layoutAt,
  rare,
  readHeads,
  readWholeRope,
  slides,
  turnsEverywhere,
  windows,
  writtenHeads,
  writtenRope,
} from "./common.ts";

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
    defaults: {
      vocab_size: 32000,
      hidden_size: 4096,
      intermediate_size: 14336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      hidden_act: "silu",
      max_position_embeddings: 131_072,
      rms_norm_eps: 1e-6,
      eos_token_id: 2,
    },
    derived: (json, path) => ({
      ...readHeads(json, { width: 4096, heads: 32, keyHeads: 8 }),
      ropeParameters: readWholeRope(json, path, { theta: 10_000, longest: 131_072 }),
      ...windowEverywhere(json),
    }),
    written: (config) => ({
      ...writtenHeads(config),
      ...writtenRope(config),
      sliding_window: slides(config) ? config.slidingWindow : null,
    }),
    unwritten: [...rare, "ropeParameters", "attentionBias", "mlpBias", "layerTypes", "slidingWindow", "noRopeLayers"],
    only: { token_classification_bias: [true] },
  },
  prefix: "model.",
  layout: (config) => layoutAt("model.", config),
});

function windowEverywhere({ sliding_window: window = 4096, num_hidden_layers: layers = 32 }: JsonObject) {
  if (window === null || typeof layers !== "number" || !(layers <= 1024)) return windows([], undefined, layers);
  return windows(
    Array.from({ length: layers }, () => "sliding_attention"),
    window,
    layers,
  );
}
