import { without } from "../config.ts";
import { transformerFormat } from "./format.ts";
import { fromHuggingFace, toHuggingFace } from "./hugging-face-config.ts";
import { readPositions, storedSinusoids } from "./positions.ts";

/**
 * Pegasus: the pre-norm Transformer with sinusoidal positions and one embedding table for source, target and output.
 * Its files hold the sinusoids.
 */
export const pegasus = transformerFormat({
  modelType: "pegasus",

  fits: (config) =>
    config.normalizeBefore &&
    config.positionEmbeddings === "sinusoidal" &&
    config.shareEncoderDecoderEmbeddings &&
    config.tieWordEmbeddings,

  readConfig(json) {
    const defaults = { pad_token_id: 0, eos_token_id: 1, decoder_start_token_id: 0 };
    return fromHuggingFace(json, defaults, { normalizeBefore: true, shareEncoderDecoderEmbeddings: true });
  },

  configJson: (config) => ({
    architectures: ["PegasusForConditionalGeneration"],
    ...without(toHuggingFace(config), ["share_encoder_decoder_embeddings"]),
    add_final_layer_norm: true,
  }),

  readPositions,
  storedPositions: storedSinusoids,
});
