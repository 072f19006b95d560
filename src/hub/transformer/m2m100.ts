import { huggingFaceFormat } from "./hugging-face.ts";

/** M2M-100 (Fan et al. 2020) and NLLB-200: the pre-norm Transformer with fairseq's sinusoids, of which files hold none. */
export const m2m100 = huggingFaceFormat({
  modelType: "m2m_100",
  architectures: { sequenceToSequence: "M2M100ForConditionalGeneration" },
  alsoReads: { M2M100Model: "sequenceToSequence" },
  structure: { normalizeBefore: true, layernormEmbedding: false, positionEmbeddings: "fairseq", positionOffset: 0 },
  hasBias: false,
  defaults: {
    ...{ activation_function: "relu", attention_dropout: 0.1, scale_embedding: true },
    ...{ pad_token_id: 1, eos_token_id: 2, decoder_start_token_id: 2 },
  },
});
