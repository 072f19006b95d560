import { writtenVocabSize } from "../../models/family.ts";
import { huggingFaceFormat } from "./hugging-face.ts";
import { readPositions } from "./positions.ts";

/**
 * Marian: the post-norm Transformer of the paper, with sinusoidal positions. One embedding table for both languages and
 * the output; or one for each language, which may have vocabularies of their own; or, beside these two, a projection of
 * its own. `transformers` recomputes the sinusoids.
 */
export const marian = huggingFaceFormat({
  modelType: "marian",
  architectures: { sequenceToSequence: "MarianMTModel" },
  alsoReads: { MarianModel: "sequenceToSequence" },
  structure: {
    normalizeBefore: false,
    layernormEmbedding: false,
    positionEmbeddings: "sinusoidal",
    positionOffset: 0,
  },
  defaults: { pad_token_id: 58100, eos_token_id: 0, decoder_start_token_id: 58100 },
  fitsTables: (config) => config.tieWordEmbeddings || !config.shareEncoderDecoderEmbeddings,

  derived({ share_encoder_decoder_embeddings: share, vocab_size: source, decoder_vocab_size: target }) {
    if (share !== false) return {};
    const decoderVocabSize = (target || source) === source ? undefined : (target as number);
    return { shareEncoderDecoderEmbeddings: false, decoderVocabSize };
  },

  written: (config) => ({
    share_encoder_decoder_embeddings: config.shareEncoderDecoderEmbeddings,
    decoder_vocab_size: writtenVocabSize(config),
    bos_token_id: null,
  }),
  readPositions,
});
