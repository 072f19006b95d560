import { type TransformerConfig, transformer } from "../../models/transformer/index.ts";
import { camelKeys, snakeKeys, without } from "../config.ts";
import type { JsonObject } from "../files.ts";

/** What Hugging Face's families decide by their name, and Heed by a key of the config. */
const HEED_KEY = "positionEmbeddings";

/** The defaults that Marian's and Pegasus' configs of `transformers` have in common. */
const commonDefaults = {
  d_model: 1024,
  encoder_layers: 12,
  decoder_layers: 12,
  encoder_attention_heads: 16,
  decoder_attention_heads: 16,
  encoder_ffn_dim: 4096,
  decoder_ffn_dim: 4096,
  activation_function: "gelu",
  dropout: 0.1,
  attention_dropout: 0,
  activation_dropout: 0,
  max_position_embeddings: 1024,
  scale_embedding: false,
  tie_word_embeddings: true,
} as const;

/**
 * The config that a config.json of Hugging Face states.
 *
 * @param defaults What the family takes where a key is absent, under Hugging Face's keys.
 * @param fixed What all models of the family are. Keys that the family does not read are left out, as there.
 */
export function fromHuggingFace(json: JsonObject, defaults: JsonObject, fixed: Partial<TransformerConfig>): JsonObject {
  const stated = Object.entries(camelKeys({ ...commonDefaults, ...defaults, ...json }));
  const known = stated.filter(([key]) => Object.hasOwn(transformer.schema.shape, key) && key !== HEED_KEY);
  return { ...Object.fromEntries(known), ...fixed };
}

/**
 * The keys that Hugging Face's families read. Those of the norms tell CTranslate2's converter what `transformers` takes
 * from the name of the family, and nothing is to be forced that the decoder does not choose.
 */
export function toHuggingFace(config: TransformerConfig): JsonObject {
  const keys = snakeKeys(without(config, [HEED_KEY, "finalLogitsBias"]));
  return { ...keys, normalize_embedding: false, bos_token_id: null, forced_eos_token_id: null };
}
