import { HeedError } from "../../error.ts";
import { shown } from "../../json.ts";
import { transformerFormat } from "./format.ts";
import { fromHuggingFace, toHuggingFace } from "./hugging-face-config.ts";
import { readPositions } from "./positions.ts";

/**
 * Marian: the post-norm Transformer of the paper, with sinusoidal positions. One embedding table for both languages and
 * the output; or one for each language; or, beside these two, a projection of its own. `transformers` recomputes the
 * sinusoids.
 */
export const marian = transformerFormat({
  modelType: "marian",

  fits: (config) =>
    !config.normalizeBefore &&
    config.positionEmbeddings === "sinusoidal" &&
    (config.tieWordEmbeddings || !config.shareEncoderDecoderEmbeddings),

  readConfig(json, path) {
    const share = json.share_encoder_decoder_embeddings ?? true;
    const target = json.decoder_vocab_size ?? json.vocab_size;
    if (!share && target !== json.vocab_size) {
      const sizes = `vocab_size is ${shown(json.vocab_size)} and decoder_vocab_size ${shown(target)}`;
      const message = `${path}: ${sizes}. Heed has one vocabulary for both languages.`;
      throw new HeedError("MODEL_UNSUPPORTED", message, { path });
    }
    const defaults = { pad_token_id: 58100, eos_token_id: 0, decoder_start_token_id: 58100 };
    return fromHuggingFace(json, defaults, { normalizeBefore: false });
  },

  configJson: (config) => ({
    architectures: ["MarianMTModel"],
    ...toHuggingFace(config),
    decoder_vocab_size: config.vocabSize,
  }),

  readPositions,
  storedPositions: () => new Map(),
});
