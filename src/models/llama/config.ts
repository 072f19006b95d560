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
import { ropeProblems, ropeSchema } from "../rope.ts";

export const llamaHeads = ["nextToken", "sequenceClass", "tokenClass", "span", "states"] as const;

/** What a layer sees: all that stands before, or a window of it. */
const layerType = z.enum(["full_attention", "sliding_attention"]);
export type LayerType = z.output<typeof layerType>;

const positive = z.number().positive();

/** The configuration of Llama and the models built like it, under the names that Hugging Face gives to the keys of all models. */
export const llamaSchema = z.strictObject({
  head: headKey(llamaHeads),
  vocabSize: tokens.describe("Number of tokens, those with a role included."),
  hiddenSize: width.default(128).describe("Width of every layer's input and output (the paper's d_model)."),
  numHiddenLayers: layers.default(4).describe("Layers."),
  numAttentionHeads: width.default(4).describe("Attention heads of each layer."),
  numKeyValueHeads: width.optional().describe("Heads of keys and values; numAttentionHeads unless told."),
  headDim: width.optional().describe("Width of a head; hiddenSize / numAttentionHeads unless told."),
  intermediateSize: width.default(344).describe("Inner width of the feed-forward networks."),
  hiddenAct: activation.default("silu").describe("Activation of the feed-forward networks' gates."),
  rmsNormEps: epsilon.default(1e-6).describe("Added to the mean square in normalisation."),
  attentionDropout: rate.default(0).describe("Dropout on attention weights."),
  classifierDropout: rate.default(0.1).describe("Dropout before the classes of tokens."),
  maxPositionEmbeddings: relativePositions.default(2048).describe("The longest sequence, in tokens."),
  ropeParameters: ropeSchema
    .default({ ropeType: "default", ropeTheta: 10_000, partialRotaryFactor: 1 })
    .describe("Rotary positions."),
  slidingRopeParameters: ropeSchema
    .optional()
    .describe("Rotary positions of layers with a window; ropeParameters unless told (Gemma 3)."),
  noRopeLayers: z
    .array(z.int().min(0).max(1))
    .optional()
    .describe("For each layer: 1 where it turns by positions, 0 where not (SmolLM3); 1 unless told."),
  layerTypes: z.array(layerType).optional().describe("What each layer sees; full_attention unless told."),
  slidingWindow: relativePositions.optional().describe("The positions that a window holds, its own included."),
  attentionBias: z.boolean().default(false).describe("Biases of queries, keys and values."),
  attentionOutputBias: z.boolean().default(false).describe("A bias behind attention."),
  mlpBias: z.boolean().default(false).describe("Biases of the feed-forward networks."),
  useQkNorm: z.boolean().default(false).describe("Queries and keys are normalised, head by head (Qwen 3, Gemma 3)."),
  normalizeAfter: z.boolean().default(false).describe("What a sub-layer gives is normalised too (Gemma)."),
  zeroCenteredNorms: z.boolean().default(false).describe("Norms multiply by 1 + weight (Gemma)."),
  scaleEmbedding: z.boolean().default(false).describe("Embeddings times √hiddenSize (Gemma)."),
  queryPreAttnScalar: positive.optional().describe("Scores are divided by its root; headDim unless told (Gemma)."),
  finalLogitSoftcapping: positive.optional().describe("Bound c of logits: c · tanh(logits / c) (Gemma)."),
  tieWordEmbeddings: z.boolean().default(false).describe("The embeddings are also the output projection."),
  initializerRange: positive.default(0.02).describe("Standard deviation of the first matrices."),
  padTokenId: tokenId.describe("Id of the token that fills rows up."),
  eosTokenId: tokenId.optional().describe("Id of the end-of-text token."),
  ...classKeys,
});

export type LlamaConfig = z.output<typeof llamaSchema>;

export const headWidth = ({ headDim, hiddenSize, numAttentionHeads }: LlamaConfig): number =>
  headDim ?? hiddenSize / numAttentionHeads;
export const keyHeads = ({ numKeyValueHeads, numAttentionHeads }: LlamaConfig): number =>
  numKeyValueHeads ?? numAttentionHeads;
export const layerTypeOf = ({ layerTypes }: LlamaConfig, layer: number): LayerType =>
  layerTypes?.[layer] ?? "full_attention";

/** What is wrong with the values of a config taken together. */
export function llamaProblems(config: LlamaConfig): ConfigProblem[] {
  const { hiddenSize, numAttentionHeads, vocabSize, padTokenId, eosTokenId, intermediateSize } = config;
  const whole = { key: "hiddenSize", value: hiddenSize };
  if (config.headDim === undefined && hiddenSize % numAttentionHeads !== 0) {
    return divisorProblems(whole, { numAttentionHeads });
  }
  const dHead = headWidth(config);
  return [
    ...divisorProblems({ key: "numAttentionHeads", value: numAttentionHeads }, { numKeyValueHeads: keyHeads(config) }),
    ...matrixProblems(whole, { vocabSize, intermediateSize, headDim: numAttentionHeads * dHead }),
    ...(dHead % 2 === 0 ? [] : [{ key: "headDim", message: `expected pairs of numbers to turn, found ${dHead}` }]),
    ...ropeProblems("ropeParameters", config.ropeParameters, dHead),
    ...(config.slidingRopeParameters ? ropeProblems("slidingRopeParameters", config.slidingRopeParameters, dHead) : []),
    ...layerProblems(config),
    ...idProblems(vocabSize, { padTokenId, eosTokenId }),
  ];
}

function layerProblems({ numHiddenLayers, layerTypes, noRopeLayers, slidingWindow }: LlamaConfig): ConfigProblem[] {
  const ofOtherLength = Object.entries({ layerTypes, noRopeLayers }).flatMap(([key, list]) =>
    list === undefined || list.length === numHiddenLayers
      ? []
      : [{ key, message: `expected an entry for each of the ${numHiddenLayers} layers, found ${list.length}` }],
  );
  const lacksWindow = layerTypes?.includes("sliding_attention") && slidingWindow === undefined;
  const window = { key: "slidingWindow", message: "expected a number, since layerTypes has sliding_attention" };
  return lacksWindow ? [...ofOtherLength, window] : ofOtherLength;
}
