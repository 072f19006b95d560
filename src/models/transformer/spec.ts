import { attentionSpec } from "../../nn/attention.ts";
import { feedForwardSpec } from "../../nn/feed-forward.ts";
import { normal, withZeroRow, xavierUniform, zeros } from "../../nn/initializers.ts";
import { layerNormSpec } from "../../nn/layer-norm.ts";
import { type Params, param } from "../../nn/parameter.ts";
import { writtenVocabSize } from "../family.ts";
import { repeat, when } from "../spec.ts";
import { classHeadSpec } from "./class-head.ts";
import type { TransformerConfig } from "./config.ts";

/** The parameters of the encoder–decoder Transformer ("Attention Is All You Need", figure 1; ties of embeddings: 3.4). */
export function transformerSpec(config: TransformerConfig) {
  const { vocabSize, dModel, padTokenId } = config;
  const targetSize = writtenVocabSize(config);
  const writes = config.head === "sequenceToSequence";
  const embedding = (size: number) => param([size, dModel], withZeroRow(normal(dModel ** -0.5), padTokenId));
  return {
    embedding: {
      source: embedding(vocabSize),
      ...when(!config.shareEncoderDecoderEmbeddings, () => ({ target: embedding(targetSize) })),
    },
    encoder: { ...stackSpec(config), layers: repeat(config.encoderLayers, () => encoderLayerSpec(config)) },
    decoder: { ...stackSpec(config), layers: repeat(config.decoderLayers, () => decoderLayerSpec(config)) },
    output: {
      ...when(writes && !config.tieWordEmbeddings, () => ({ weight: param([dModel, targetSize], xavierUniform) })),
      ...when(writes && config.finalLogitsBias, () => ({ bias: param([targetSize], zeros) })),
    },
    ...when(config.head === "sequenceClass", () => ({ head: classHeadSpec(config) })),
  };
}

export const encoderLayerSpec = ({ dModel, encoderFfnDim }: TransformerConfig) => ({
  selfAttention: attentionSpec(dModel),
  selfAttentionNorm: layerNormSpec(dModel),
  feedForward: feedForwardSpec(dModel, encoderFfnDim),
  feedForwardNorm: layerNormSpec(dModel),
});

export const decoderLayerSpec = ({ dModel, decoderFfnDim }: TransformerConfig) => ({
  selfAttention: attentionSpec(dModel),
  selfAttentionNorm: layerNormSpec(dModel),
  crossAttention: attentionSpec(dModel),
  crossAttentionNorm: layerNormSpec(dModel),
  feedForward: feedForwardSpec(dModel, decoderFfnDim),
  feedForwardNorm: layerNormSpec(dModel),
});

/** What a stack has beside its layers: learned positions, norms behind embeddings and, in the pre-norm form, at its end. */
const stackSpec = ({ dModel, ...config }: TransformerConfig) => ({
  ...when(config.positionEmbeddings === "learned", () => ({
    positions: param([config.positionOffset + config.maxPositionEmbeddings, dModel], normal(dModel ** -0.5)),
  })),
  ...when(config.layernormEmbedding, () => ({ embeddingNorm: layerNormSpec(dModel) })),
  ...when(config.normalizeBefore, () => ({ norm: layerNormSpec(dModel) })),
});

/** What `transformerSpec` declares: a tree of parameters. */
export type TransformerSpec = ReturnType<typeof transformerSpec>;
export type TransformerParams = Params<TransformerSpec>;
