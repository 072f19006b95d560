import { z } from "zod";
import { type ActivationName, activations } from "../../nn/activations.ts";
import {
  epsilon,
  idProblems,
  layers,
  matrixProblems,
  positions,
  rate,
  relativePositions,
  tokenId,
  tokens,
  width,
} from "../config-keys.ts";
import type { ConfigProblem } from "../family.ts";
import { classKeys, headKey } from "../heads.ts";

export const t5Heads = ["sequenceToSequence", "sequenceClass", "tokenClass", "span", "states"] as const;

const activationNames = Object.keys(activations) as ActivationName[];
const gated = activationNames.map((name) => `gated-${name}` as const);

/** The configuration of T5, mT5 and umT5, under the names that Hugging Face gives to the keys of all models. */
export const t5Schema = z.strictObject({
  head: headKey(t5Heads),
  vocabSize: tokens.describe("Number of tokens, those with a role included."),
  hiddenSize: width.default(128).describe("Width of every layer's input and output (the paper's d_model)."),
  headDim: width.default(32).describe("Width of each attention head (d_kv)."),
  intermediateSize: width.default(512).describe("Inner width of the feed-forward networks (d_ff)."),
  numHiddenLayers: layers.default(2).describe("Layers of the encoder."),
  numDecoderLayers: layers.optional().describe("Layers of the decoder; as many as the encoder's unless told."),
  numAttentionHeads: width.default(4).describe("Attention heads of each layer."),
  feedForwardProj: z
    .enum([...activationNames, ...gated])
    .default("relu")
    .describe("Activation of the feed-forward networks; behind gated- with a gate (gated-gelu is gelu_new)."),
  relativeAttentionNumBuckets: width.min(4).default(32).describe("Buckets of relative positions."),
  relativeAttentionMaxDistance: positions
    .default(128)
    .describe("The distance from which all positions share a bucket."),
  shareRelativeAttentionBias: z
    .boolean()
    .default(true)
    .describe("The first layer's biases of relative positions are those of all; else each layer has its own (umT5)."),
  layerNormEps: epsilon.default(1e-6).describe("Added to the mean of squares in normalisation."),
  dropoutRate: rate.default(0.1).describe("Dropout on embeddings, attention, inner widths, sub-layers and stacks."),
  classifierDropout: rate.default(0).describe("Dropout in the head for classes."),
  tieWordEmbeddings: z.boolean().default(true).describe("The embeddings are also the output projection."),
  scaleDecoderOutputs: z
    .boolean()
    .default(true)
    .describe("States divided by √hiddenSize before the output projection (T5 1.0)."),
  initializerFactor: z.number().positive().default(1).describe("Factor of the first matrices."),
  maxPositionEmbeddings: relativePositions.default(2048).describe("The longest sequence, in tokens."),
  padTokenId: tokenId.describe("Id of the token that fills rows up."),
  eosTokenId: tokenId.optional().describe("Id of the end-of-sentence token."),
  decoderStartTokenId: tokenId.describe("Id of the token that the decoder starts with."),
  ...classKeys,
});

export type T5Config = z.output<typeof t5Schema>;

/** The activation function of the feed-forward networks, and whether what it gives is a gate. */
export function activationOf({ feedForwardProj }: Pick<T5Config, "feedForwardProj">): {
  activation: ActivationName;
  gated: boolean;
} {
  const name = feedForwardProj.replace("gated-", "") as ActivationName;
  if (name === feedForwardProj) return { activation: name, gated: false };
  return { activation: name === "gelu" ? "gelu_new" : name, gated: true };
}

/** Whether a head reads the decoder's states; others read the encoder's. */
export const hasDecoder = ({ head }: Pick<T5Config, "head">): boolean =>
  head === "sequenceToSequence" || head === "sequenceClass" || head === "span";

/** What is wrong with the values of a config taken together. */
export function t5Problems(config: T5Config): ConfigProblem[] {
  const { vocabSize, hiddenSize, headDim, intermediateSize, numAttentionHeads, head } = config;
  const { relativeAttentionNumBuckets, relativeAttentionMaxDistance } = config;
  const { padTokenId, eosTokenId, decoderStartTokenId } = config;
  const heads = { key: "numAttentionHeads", value: numAttentionHeads };
  const ofPositions = { relativeAttentionNumBuckets, relativeAttentionMaxDistance: 2 * relativeAttentionMaxDistance };
  const most = Math.floor(relativeAttentionNumBuckets / 2);
  const message = `expected more than half of relativeAttentionNumBuckets (${most}), found ${relativeAttentionMaxDistance}`;
  return [
    ...matrixProblems(
      { key: "hiddenSize", value: hiddenSize },
      { vocabSize, intermediateSize, headDim: numAttentionHeads * headDim },
    ),
    ...matrixProblems(heads, ofPositions),
    ...(relativeAttentionMaxDistance > most ? [] : [{ key: "relativeAttentionMaxDistance", message }]),
    ...idProblems(vocabSize, { padTokenId, eosTokenId, decoderStartTokenId }),
    ...(head === "sequenceClass" && eosTokenId === undefined
      ? [{ key: "eosTokenId", message: "expected an id: the class of a sequence is read where it ends" }]
      : []),
  ];
}
