import { z } from "zod";
import {
  activation,
  divisorProblems,
  epsilon,
  idProblems,
  layers,
  matrixProblems,
  rate,
  relativePositions,
  tokenId,
  tokens,
  width,
} from "../config-keys.ts";
import type { ConfigProblem } from "../family.ts";
import { classKeys, headKey } from "../heads.ts";
import { ropeSchema, rotaryPairs } from "../rope.ts";

export const modernBertHeads = ["maskedToken", "sequenceClass", "tokenClass", "span", "states"] as const;

const layerType = z.enum(["full_attention", "sliding_attention"]);
export type LayerType = z.output<typeof layerType>;

/** The configuration of ModernBERT, under the names that Hugging Face gives to the keys of all models. */
export const modernBertSchema = z.strictObject({
  head: headKey(modernBertHeads),
  vocabSize: tokens.describe("Number of tokens, those with a role included."),
  hiddenSize: width.default(128).describe("Width of every layer's input and output."),
  numHiddenLayers: layers.default(4).describe("Layers."),
  numAttentionHeads: width.default(4).describe("Attention heads of each layer."),
  intermediateSize: width.default(192).describe("Inner width of the feed-forward networks, behind their gates."),
  hiddenAct: activation.default("gelu").describe("Activation of the feed-forward networks."),
  layerNormEps: epsilon.default(1e-5).describe("Added to the variance in layer normalisation."),
  normBias: z.boolean().default(false).describe("Biases in layer normalisation."),
  attentionBias: z.boolean().default(false).describe("Biases in attention's linear maps."),
  mlpBias: z.boolean().default(false).describe("Biases in the feed-forward networks."),
  maxPositionEmbeddings: relativePositions.default(8192).describe("The longest sequence, in tokens."),
  layerTypes: z.array(layerType).optional().describe("Whether each layer sees all positions or near ones."),
  globalAttnEveryNLayers: layers
    .default(3)
    .describe("Without layerTypes: one of so many layers sees all, the first too."),
  localAttention: width
    .default(128)
    .describe("Positions that other layers see around each: half of them on either side."),
  ropeParameters: z
    .strictObject({ fullAttention: ropeSchema, slidingAttention: ropeSchema })
    .prefault({
      fullAttention: { ropeType: "default", ropeTheta: 160_000 },
      slidingAttention: { ropeType: "default", ropeTheta: 10_000 },
    })
    .describe("Rotary positions of layers of each type."),
  embeddingDropout: rate.default(0).describe("Dropout on embeddings."),
  attentionDropout: rate.default(0).describe("Dropout on attention weights and on the output of attention."),
  mlpDropout: rate.default(0).describe("Dropout within the feed-forward networks."),
  classifierPooling: z
    .enum(["cls", "mean"])
    .default("cls")
    .describe("Classes read the first state, or the mean of all."),
  classifierDropout: rate.default(0).describe("Dropout before classes."),
  classifierBias: z.boolean().default(false).describe("A bias in the linear map that all heads begin with."),
  classifierActivation: activation.default("gelu").describe("Activation behind that map."),
  decoderBias: z.boolean().default(true).describe("A bias in the output projection."),
  tieWordEmbeddings: z.boolean().default(true).describe("The embeddings are also the output projection."),
  initializerRange: z.number().positive().default(0.02).describe("Standard deviation of the first matrices."),
  initializerCutoffFactor: z
    .number()
    .min(0.5)
    .default(2)
    .describe("First numbers stay within so many standard deviations."),
  padTokenId: tokenId.describe("Id of the token that fills rows up."),
  eosTokenId: tokenId.optional().describe("Id of the end-of-text token."),
  ...classKeys,
});

export type ModernBertConfig = z.output<typeof modernBertSchema>;

/** What the layer of that index, from 0, sees. */
export function layerTypeOf({ layerTypes, globalAttnEveryNLayers }: ModernBertConfig, index: number): LayerType {
  return layerTypes?.[index] ?? (index % globalAttnEveryNLayers === 0 ? "full_attention" : "sliding_attention");
}

/** What is wrong with the values of a config taken together. */
export function modernBertProblems(config: ModernBertConfig): ConfigProblem[] {
  const { hiddenSize, numAttentionHeads, vocabSize, intermediateSize, padTokenId, eosTokenId } = config;
  const whole = { key: "hiddenSize", value: hiddenSize };
  const rows = { vocabSize, intermediateSize: 2 * intermediateSize, hiddenSize: 3 * hiddenSize };
  return [
    ...divisorProblems(whole, { numAttentionHeads }),
    ...matrixProblems(whole, rows),
    ...idProblems(vocabSize, { padTokenId, eosTokenId }),
    ...layerProblems(config),
    ...Object.values(config.ropeParameters).flatMap((rope) => rotaryProblems(rope, hiddenSize / numAttentionHeads)),
  ];
}

function layerProblems({ layerTypes, numHiddenLayers }: ModernBertConfig): ConfigProblem[] {
  if (layerTypes === undefined || layerTypes.length === numHiddenLayers) return [];
  const message = `expected one for each of numHiddenLayers (${numHiddenLayers}), found ${layerTypes.length}`;
  return [{ key: "layerTypes", message }];
}

/** Python's class turns heads whole. */
function rotaryProblems(rope: z.output<typeof ropeSchema>, dHead: number): ConfigProblem[] {
  if (2 * rotaryPairs(rope, dHead) === dHead) return [];
  return [{ key: "ropeParameters", message: `expected heads of an even width that are turned whole, found ${dHead}` }];
}
