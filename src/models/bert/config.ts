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

export const bertHeads = ["maskedToken", "sequenceClass", "tokenClass", "span", "states"] as const;

/** The configuration of BERT, RoBERTa and DistilBERT, under the names that Hugging Face gives to the keys of all models. */
export const bertSchema = z.strictObject({
  head: headKey(bertHeads),
  vocabSize: tokens.describe("Number of tokens, those with a role included."),
  hiddenSize: width.default(128).describe("Width of every layer's input and output (the paper's H)."),
  numHiddenLayers: layers.default(4).describe("Layers."),
  numAttentionHeads: width.default(4).describe("Attention heads of each layer."),
  intermediateSize: width.default(512).describe("Inner width of the feed-forward networks."),
  hiddenAct: activation.default("gelu").describe("Activation of the feed-forward networks."),
  layerNormEps: epsilon.default(1e-12).describe("Added to the variance in layer normalisation."),
  maxPositionEmbeddings: positions.default(512).describe("The longest sequence, in tokens."),
  positionsFromPadding: z
    .boolean()
    .default(false)
    .describe("Positions count the tokens that are no padding, from padTokenId + 1; padding has padTokenId (RoBERTa)."),
  sinusoidalPosEmbds: z.boolean().default(false).describe("The table of positions begins as sinusoids (DistilBERT)."),
  typeVocabSize: z
    .int()
    .min(0)
    .max(65_535)
    .default(2)
    .describe("Kinds of segments; of two and more each token has one."),
  hiddenDropout: rate.default(0.1).describe("Dropout on embeddings and on the output of every sub-layer."),
  attentionOutputDropout: rate.optional().describe("That on the output of attention; hiddenDropout unless told."),
  attentionDropout: rate.default(0.1).describe("Dropout on attention weights."),
  classifierDropout: rate.optional().describe("Dropout before classes; hiddenDropout unless told."),
  classifierInputDropout: rate.default(0).describe("Dropout on the first state, before it is pooled for classes."),
  qaDropout: rate.default(0).describe("Dropout before the scores of spans."),
  classifierActivation: activation.default("tanh").describe("Activation of the pooled state."),
  predictionAct: activation.default("gelu").describe("Activation of the head for masked tokens."),
  addPoolingLayer: z.boolean().default(true).describe("A model without a head has a pooler, too."),
  tieWordEmbeddings: z.boolean().default(true).describe("The embeddings are also the output projection."),
  initializerRange: z.number().positive().default(0.02).describe("Standard deviation of the first matrices."),
  padTokenId: tokenId.describe("Id of the token that fills rows up."),
  eosTokenId: tokenId.optional().describe("Id of the end-of-text token."),
  ...classKeys,
});

export type BertConfig = z.output<typeof bertSchema>;

/** Rows of the table of positions: RoBERTa's first position stands behind that of padding. */
export const positionCount = ({ maxPositionEmbeddings, positionsFromPadding, padTokenId }: BertConfig): number =>
  maxPositionEmbeddings + (positionsFromPadding ? padTokenId + 1 : 0);

/** Whether each token says of which segment it is. */
export const hasTypes = ({ typeVocabSize }: Pick<BertConfig, "typeVocabSize">): boolean => typeVocabSize > 1;

/** What is wrong with the values of a config taken together. */
export function bertProblems(config: BertConfig): ConfigProblem[] {
  const { hiddenSize, numAttentionHeads, vocabSize, intermediateSize, padTokenId, eosTokenId } = config;
  const whole = { key: "hiddenSize", value: hiddenSize };
  return [
    ...divisorProblems(whole, { numAttentionHeads }),
    ...matrixProblems(whole, { vocabSize, intermediateSize, hiddenSize, maxPositionEmbeddings: positionCount(config) }),
    ...idProblems(vocabSize, { padTokenId, eosTokenId }),
  ];
}
