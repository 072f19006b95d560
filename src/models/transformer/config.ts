import { z } from "zod";
import { type ActivationName, activations } from "../../nn/activations.ts";
import type { ConfigProblem } from "../family.ts";

/** Limits far beyond what can be trained here: a slip of the pen is to be an error, not a day of waiting. */
const limits = { layers: 1024, width: 65_536, positions: 65_535, tokens: 4_194_304 } as const;
/** Numbers of one matrix: 4 GiB of float32, about what one array may hold. */
const MAX_MATRIX = 2 ** 30;
const count = z.int().positive();
const layers = count.max(limits.layers);
const width = count.max(limits.width);
const rate = z.number().min(0).lt(1);

/** The configuration of the encoder–decoder Transformer, under Hugging Face's names. */
export const transformerSchema = z.strictObject({
  vocabSize: count.max(limits.tokens).describe("Number of tokens, those with a role included."),
  dModel: width.default(128).describe("Width of every layer's input and output (the paper's d_model)."),
  encoderLayers: layers.default(2).describe("Layers of the encoder (the paper's N)."),
  decoderLayers: layers.default(2).describe("Layers of the decoder (the paper's N)."),
  encoderAttentionHeads: width.default(4).describe("Attention heads of each encoder layer (the paper's h)."),
  decoderAttentionHeads: width.default(4).describe("Attention heads of each decoder layer (the paper's h)."),
  encoderFfnDim: width.default(512).describe("Inner width of the encoder's feed-forward networks (d_ff)."),
  decoderFfnDim: width.default(512).describe("Inner width of the decoder's feed-forward networks (d_ff)."),
  activationFunction: z
    .enum(Object.keys(activations) as [ActivationName, ...ActivationName[]])
    .default("relu")
    .describe("Activation of the feed-forward networks."),
  dropout: rate.default(0.1).describe("Dropout on embeddings and on the output of every sub-layer (P_drop)."),
  attentionDropout: rate.default(0).describe("Dropout on attention weights."),
  activationDropout: rate.default(0).describe("Dropout after the feed-forward activation."),
  maxPositionEmbeddings: count.max(limits.positions).default(512).describe("The longest sequence, in tokens."),
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
  padTokenId: z
    .int()
    .nonnegative()
    .describe("Id of the padding token; its embedding begins as zero and is never trained."),
  eosTokenId: z.int().nonnegative().describe("Id of the end-of-sentence token."),
  decoderStartTokenId: z.int().nonnegative().describe("Id of the token that the decoder starts with."),
});

export type TransformerConfig = z.output<typeof transformerSchema>;

/** What a recipe may say of a model; the rest follows from the tokenizer. */
export type TransformerInput = Omit<
  z.input<typeof transformerSchema>,
  "vocabSize" | "padTokenId" | "eosTokenId" | "decoderStartTokenId"
>;

/** What is wrong with the values of a config taken together. */
export function transformerProblems(config: TransformerConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const heads of ["encoderAttentionHeads", "decoderAttentionHeads"] as const) {
    if (config.dModel % config[heads] === 0) continue;
    problems.push({ key: heads, message: `expected a divisor of dModel (${config.dModel}), found ${config[heads]}` });
  }
  for (const side of ["vocabSize", "encoderFfnDim", "decoderFfnDim", "maxPositionEmbeddings"] as const) {
    if (config.dModel * config[side] <= MAX_MATRIX) continue;
    const message = `expected at most ${MAX_MATRIX} numbers in a matrix of dModel × ${side}, found ${config.dModel * config[side]}`;
    problems.push({ key: side, message });
  }
  if (config.dModel % 2 !== 0)
    problems.push({ key: "dModel", message: `expected an even number, found ${config.dModel}` });
  for (const id of ["padTokenId", "eosTokenId", "decoderStartTokenId"] as const) {
    if (config[id] < config.vocabSize) continue;
    problems.push({ key: id, message: `expected an id below vocabSize (${config.vocabSize}), found ${config[id]}` });
  }
  return problems;
}
