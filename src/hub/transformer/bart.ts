import { huggingFaceFormat } from "./hugging-face.ts";

/** BART and mBART number learned positions from 2: the first rows of their tables are unused. */
const learned = { layernormEmbedding: true, positionEmbeddings: "learned", positionOffset: 2 } as const;

/** BART (Lewis et al. 2020): the post-norm Transformer with learned positions and LayerNorm behind the embeddings. */
export const bart = huggingFaceFormat({
  modelType: "bart",
  architectures: { sequenceToSequence: "BartForConditionalGeneration", sequenceClass: "BartForSequenceClassification" },
  alsoReads: { BartModel: "sequenceToSequence" },
  structure: { normalizeBefore: false, ...learned },
  defaults: {
    ...{ pad_token_id: 1, eos_token_id: 2, decoder_start_token_id: 2 },
    id2label: { 0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2" },
  },
});

/**
 * mBART (Liu et al. 2020) and mBART-50: as BART, in the pre-norm form. Where no token is said to start the decoder, the
 * one that begins texts does.
 */
export const mbart = huggingFaceFormat({
  modelType: "mbart",
  architectures: { sequenceToSequence: "MBartForConditionalGeneration" },
  alsoReads: { MBartModel: "sequenceToSequence" },
  structure: { normalizeBefore: true, ...learned },
  defaults: { pad_token_id: 1, eos_token_id: 2 },
  derived: ({ decoder_start_token_id: start, bos_token_id: first }) => ({
    decoderStartTokenId: (start ?? first ?? 0) as number,
  }),
  written: () => ({ add_final_layer_norm: true }),
});
