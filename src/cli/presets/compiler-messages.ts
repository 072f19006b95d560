import type { CompilerMessageLanguage } from "../../data/corpora/languages.ts";
import type { RecipeInput } from "../../translation/recipe.ts";

/** A small Transformer that learns to translate the TypeScript compiler's messages in about a minute on two cores. */
export function compilerMessages(to: CompilerMessageLanguage): RecipeInput {
  return {
    data: { corpus: "compiler-messages", from: "en", to, split: { validation: 100, test: 200 } },
    tokenizer: { kind: "wordBoundary", vocabSize: 2256 },
    model: {
      modelType: "transformer",
      dModel: 128,
      encoderLayers: 2,
      decoderLayers: 2,
      encoderAttentionHeads: 4,
      decoderAttentionHeads: 4,
      encoderFfnDim: 512,
      decoderFfnDim: 512,
      dropout: 0.05,
      maxPositionEmbeddings: 256,
    },
    train: {
      maxEpochs: 15,
      maxSeconds: 180,
      maxTokens: 1500,
      optimizer: { beta2: 0.98, weightDecay: 1 },
      schedule: { type: "cosine", peak: 0.004, warmupSteps: 200 },
      labelSmoothing: 0.1,
      clipNorm: 1,
      evaluateEvery: 300,
      validationBleu: 100,
    },
    decode: { numBeams: 5 },
  };
}
