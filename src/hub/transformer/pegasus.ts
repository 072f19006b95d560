import { huggingFaceFormat } from "./hugging-face.ts";
import { readPositions, storedSinusoids } from "./positions.ts";

/**
 * Pegasus: the pre-norm Transformer with sinusoidal positions and one embedding table for source, target and output.
 * Its files hold the sinusoids.
 */
export const pegasus = huggingFaceFormat({
  modelType: "pegasus",
  architectures: { sequenceToSequence: "PegasusForConditionalGeneration" },
  alsoReads: { PegasusModel: "sequenceToSequence" },
  structure: { normalizeBefore: true, layernormEmbedding: false, positionEmbeddings: "sinusoidal", positionOffset: 0 },
  defaults: { pad_token_id: 0, eos_token_id: 1, decoder_start_token_id: 0 },
  written: () => ({ add_final_layer_norm: true, bos_token_id: null }),
  readPositions,
  storedPositions: storedSinusoids,
});
