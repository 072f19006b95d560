import type { RecipeInput } from "../../translation/recipe.ts";

/** The "Transformer-Tiny" of Wu et al. 2021 ("Good for Misconceived Reasons", 3.2) on Multi30k. */
export function multi30k(to: "de" | "fr"): RecipeInput {
  return {
    data: { corpus: "multi30k", from: "en", to },
    tokenizer: { kind: "wordBoundary", vocabSize: 10_000 },
    model: {
      modelType: "transformer",
      dModel: 128,
      encoderLayers: 4,
      decoderLayers: 4,
      encoderAttentionHeads: 4,
      decoderAttentionHeads: 4,
      encoderFfnDim: 256,
      decoderFfnDim: 256,
      dropout: 0.3,
    },
    train: {
      maxSteps: 8000,
      maxTokens: 4096,
      accumulate: 2,
      optimizer: { beta1: 0.9, beta2: 0.98 },
      schedule: { type: "inverseSquareRoot", peak: 0.005, warmupSteps: 2000 },
      labelSmoothing: 0.1,
      averageLast: 10,
      bestBy: "bleu",
    },
    decode: { numBeams: 5 },
  };
}
