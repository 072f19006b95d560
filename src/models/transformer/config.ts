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
import { type ConfigProblem, writtenVocabSize } from "../family.ts";
import { classKeys, headKey } from "../heads.ts";

export const transformerHeads = ["sequenceToSequence", "sequenceClass"] as const;

/** What only a head for classes has. */
const headKeys = {
  id2label: classKeys.id2label.unwrap().optional().describe("The name of each class, by its number."),
  problemType: classKeys.problemType,
  classifierDropout: rate.optional().describe("Dropout around the inner layer of the head for classes."),
};

/** The configuration of the encoder–decoder Transformer, under Hugging Face's names. */
export const transformerSchema = z.strictObject({
  head: headKey(transformerHeads),
  vocabSize: tokens.describe("Number of tokens, those with a role included."),
  decoderVocabSize: tokens.optional().describe("Number of tokens of the target, where it has a vocabulary of its own."),
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
    .enum(["sinusoidal", "learned", "fairseq"])
    .default("sinusoidal")
    .describe(
      "Sinusoids as in the paper (3.5), a learned table, or fairseq's sinusoids, which count what is no padding.",
    ),
  positionOffset: positions.or(z.literal(0)).default(0).describe("Rows that a learned table has before its first."),
  layernormEmbedding: z.boolean().default(false).describe("LayerNorm behind the embeddings (BART)."),
  normalizeBefore: z
    .boolean()
    .default(false)
    .describe("LayerNorm before each sub-layer (pre-norm), not after the residual as in the paper (post-norm)."),
  scaleEmbedding: z.boolean().default(true).describe("Multiply embeddings by √dModel (the paper, 3.4)."),
  shareEncoderDecoderEmbeddings: z.boolean().default(true).describe("One embedding table for source and target."),
  tieWordEmbeddings: z.boolean().default(true).describe("The target embeddings are also the output projection."),
  finalLogitsBias: z.boolean().default(false).describe("Add a bias, not trained, to the logits (some Marian models)."),
  ...headKeys,
  padTokenId: tokenId.describe("Id of the padding token; its embedding begins as zero and is never trained."),
  eosTokenId: tokenId.describe("Id of the end-of-sentence token."),
  decoderStartTokenId: tokenId.describe("Id of the token that the decoder starts with."),
});

export type TransformerConfig = z.output<typeof transformerSchema>;

/** What a recipe may say of a model; the rest follows from the tokenizer. */
export type TransformerInput = Omit<
  z.input<typeof transformerSchema>,
  | "vocabSize"
  | "padTokenId"
  | "eosTokenId"
  | "decoderStartTokenId"
  | "decoderVocabSize"
  | "head"
  | "id2label"
  | "problemType"
  | "classifierDropout"
>;

/** What is wrong with the values of a config taken together. */
export function transformerProblems(config: TransformerConfig): ConfigProblem[] {
  const { dModel, vocabSize, decoderVocabSize, encoderFfnDim, decoderFfnDim } = config;
  const { encoderAttentionHeads, decoderAttentionHeads, padTokenId, eosTokenId, decoderStartTokenId } = config;
  const whole = { key: "dModel", value: dModel };
  const tables = { vocabSize, ...(decoderVocabSize && { decoderVocabSize }) };
  const maxPositionEmbeddings = config.maxPositionEmbeddings + config.positionOffset;
  return [
    ...divisorProblems(whole, { encoderAttentionHeads, decoderAttentionHeads }),
    ...matrixProblems(whole, { ...tables, encoderFfnDim, decoderFfnDim, maxPositionEmbeddings }),
    ...structureProblems(config),
    ...idProblems(vocabSize, { padTokenId }),
    ...idProblems(writtenVocabSize(config), { padTokenId, eosTokenId, decoderStartTokenId }),
  ];
}

function structureProblems(config: TransformerConfig): ConfigProblem[] {
  const { dModel, decoderVocabSize, positionEmbeddings, positionOffset, shareEncoderDecoderEmbeddings } = config;
  const problems: ConfigProblem[] = [];
  if (dModel % 2 > 0) problems.push({ key: "dModel", message: `expected an even number, found ${dModel}` });
  if (positionEmbeddings === "fairseq" && dModel < 4) {
    problems.push({ key: "dModel", message: `expected at least 4 for fairseq's positions, found ${dModel}` });
  }
  if (positionEmbeddings !== "learned" && positionOffset > 0) {
    problems.push({ key: "positionOffset", message: `expected 0 where positions are ${positionEmbeddings}` });
  }
  if (decoderVocabSize !== undefined && shareEncoderDecoderEmbeddings) {
    const message = "expected none where source and target share their embeddings";
    problems.push({ key: "decoderVocabSize", message });
  }
  if (config.head === "sequenceClass" && Object.keys(config.id2label ?? {}).length === 0) {
    problems.push({ key: "id2label", message: "expected the name of each class" });
  }
  return problems;
}
