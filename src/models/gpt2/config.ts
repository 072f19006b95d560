import { z } from "zod";
import {
  activation,
  divisorProblems,
  epsilon,
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
import { classKeys, headKey } from "../heads.ts";
import { ropeProblems, ropeSchema } from "../rope.ts";

export const gpt2Heads = ["nextToken", "sequenceClass", "tokenClass", "span", "states"] as const;

/** The configuration of GPT-2 and GPT-NeoX, under the names that Hugging Face gives to the keys of all models. */
export const gpt2Schema = z.strictObject({
  head: headKey(gpt2Heads),
  vocabSize: tokens.describe("Number of tokens, those with a role included."),
  hiddenSize: width.default(128).describe("Width of every layer's input and output (the paper's d_model)."),
  numHiddenLayers: layers.default(4).describe("Layers."),
  numAttentionHeads: width.default(4).describe("Attention heads of each layer."),
  intermediateSize: width.optional().describe("Inner width of the feed-forward networks; 4 · hiddenSize unless told."),
  hiddenAct: activation.default("gelu_new").describe("Activation of the feed-forward networks."),
  layerNormEps: epsilon.default(1e-5).describe("Added to the variance in layer normalisation."),
  embeddingDropout: rate.default(0.1).describe("Dropout on embeddings."),
  hiddenDropout: rate.default(0.1).describe("Dropout on the output of every sub-layer."),
  attentionDropout: rate.default(0.1).describe("Dropout on attention weights."),
  classifierDropout: rate.default(0.1).describe("Dropout before the classes of tokens."),
  maxPositionEmbeddings: positions.default(1024).describe("The longest sequence, in tokens."),
  ropeParameters: ropeSchema.optional().describe("Rotary positions in place of a learned table (GPT-NeoX)."),
  useParallelResidual: z
    .boolean()
    .default(false)
    .describe("The feed-forward network reads what attention reads, and both are added (GPT-NeoX)."),
  attentionBias: z.boolean().default(true).describe("Biases in attention's linear maps."),
  scaleAttnWeights: z.boolean().default(true).describe("Scores divided by √dHead."),
  scaleAttnByInverseLayerIdx: z.boolean().default(false).describe("Scores of layer i, from 1, also divided by i."),
  tieWordEmbeddings: z.boolean().default(true).describe("The embeddings are also the output projection."),
  initializerRange: z.number().positive().default(0.02).describe("Standard deviation of the first matrices."),
  padTokenId: tokenId.describe("Id of the token that fills rows up."),
  eosTokenId: tokenId.optional().describe("Id of the end-of-text token."),
  ...classKeys,
});

export type Gpt2Config = z.output<typeof gpt2Schema>;

export const innerWidth = ({ intermediateSize, hiddenSize }: Gpt2Config): number => intermediateSize ?? 4 * hiddenSize;

/** What is wrong with the values of a config taken together. */
export function gpt2Problems(config: Gpt2Config): ConfigProblem[] {
  const { hiddenSize, numAttentionHeads, vocabSize, maxPositionEmbeddings, padTokenId, eosTokenId } = config;
  const { ropeParameters: rope } = config;
  const whole = { key: "hiddenSize", value: hiddenSize };
  return [
    ...divisorProblems(whole, { numAttentionHeads }),
    ...matrixProblems(whole, { vocabSize, intermediateSize: innerWidth(config), hiddenSize: 3 * hiddenSize }),
    ...(rope
      ? ropeProblems("ropeParameters", rope, hiddenSize / numAttentionHeads)
      : matrixProblems(whole, { maxPositionEmbeddings })),
    ...idProblems(vocabSize, { padTokenId, eosTokenId }),
  ];
}
