import { z } from "zod";
import {
  activation,
  divisorProblems,
  idProblems,
  layers,
  matrixProblems,
  positions,
  rate,
  tokenId,
  tokens,
  width,
} from "../config-keys.ts";
import type { ConfigProblem } from "../family.ts";

/** The configuration of the encoder–decoder Transformer, under Hugging Face's names. */
export const transformerSchema = z.strictObject({
  vocabSize: tokens.describe("Number of tokens, those with a role included."),
  dModel: width.default(128).describe("Width of every layer's input and output (the paper's d_model)."),
  encoderLayers: layers.default(2).describe("Layers of the encoder (the paper's N)."),
  decoderLayers: layers.default(2).describe("Layers of the decoder (the paper's N)."),
  encoderAttentionHeads: width.default(4).describe("Attention heads of each encoder layer (the paper's h)."),
  decoderAttentionHeads: width.default(4).describe("Attention heads of each decoder layer (the paper's h)."),
  encoderFfnDim: width.default(512).describe("Inner width of the encoder's feed-forward networks (d_ff)."),
  decoderFfnDim: width.default(512).describe("Inner width of the decoder's feed-forward networks (d_ff)."),
  activationFunction: activation.default("relu").describe("Activation of the feed-forward networks."),
  dropout: rate.default(0.1).describe("Dropout on embeddings and on the output of every sub-layer (P_drop)."),
  attentionDropout: rate.default(0).describe("Dropout on attention weights."),
  activationDropout: rate.default(0).describe("Dropout after the feed-forward activation."),
  maxPositionEmbeddings: positions.default(512).describe("The longest sequence, in tokens."),
  positionEmbeddings: z
    .enum(["sinusoidal", "learned"])
    .default("sinusoidal")
    .describe("Sinusoids as in the paper (3.5), or a learned table."),
  normalizeBefore: z
    .boolean()
    .default(false)
    .describe("LayerNorm before each sub-layer (pre-norm), not after the residual as in the paper (post-norm)."),
  scaleEmbedding: z.boolean().default(true).describe("Multiply embeddings by √dModel (the paper, 3.4)."),
  shareEncoderDecoderEmbeddings: z.boolean().default(true).describe("One embedding table for source and target."),
  tieWordEmbeddings: z.boolean().default(true).describe("The target embeddings are also the output projection."),
  finalLogitsBias: z.boolean().default(false).describe("Add a bias, not trained, to the logits (some Marian models)."),
  padTokenId: tokenId.describe("Id of the padding token; its embedding begins as zero and is never trained."),
  eosTokenId: tokenId.describe("Id of the end-of-sentence token."),
  decoderStartTokenId: tokenId.describe("Id of the token that the decoder starts with."),
});

export type TransformerConfig = z.output<typeof transformerSchema>;

/** What a recipe may say of a model; the rest follows from the tokenizer. */
export type TransformerInput = Omit<
  z.input<typeof transformerSchema>,
  "vocabSize" | "padTokenId" | "eosTokenId" | "decoderStartTokenId"
>;

/** What is wrong with the values of a config taken together. */
export function transformerProblems(config: TransformerConfig): ConfigProblem[] {
  const { dModel, vocabSize, encoderFfnDim, decoderFfnDim, maxPositionEmbeddings } = config;
  const { encoderAttentionHeads, decoderAttentionHeads, padTokenId, eosTokenId, decoderStartTokenId } = config;
  const whole = { key: "dModel", value: dModel };
  return [
    ...divisorProblems(whole, { encoderAttentionHeads, decoderAttentionHeads }),
    ...matrixProblems(whole, { vocabSize, encoderFfnDim, decoderFfnDim, maxPositionEmbeddings }),
    ...(dModel % 2 === 0 ? [] : [{ key: "dModel", message: `expected an even number, found ${dModel}` }]),
    ...idProblems(vocabSize, { padTokenId, eosTokenId, decoderStartTokenId }),
  ];
}
