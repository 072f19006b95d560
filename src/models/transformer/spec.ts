import { attentionSpec } from "../../nn/attention.ts";
import { feedForwardSpec } from "../../nn/feed-forward.ts";
import { normal, withZeroRow, xavierUniform, zeros } from "../../nn/initializers.ts";
import { layerNormSpec } from "../../nn/layer-norm.ts";
import { type Params, param } from "../../nn/parameter.ts";
import { repeat, when } from "../spec.ts";
import type { TransformerConfig } from "./config.ts";

/** The parameters of the encoder–decoder Transformer ("Attention Is All You Need", figure 1; ties of embeddings: 3.4). */
export function transformerSpec(config: TransformerConfig) {
  const { vocabSize, dModel, padTokenId } = config;
  const embedding = () => param([vocabSize, dModel], withZeroRow(normal(dModel ** -0.5), padTokenId));
  return {
    embedding: {
      source: embedding(),
      ...when(!config.shareEncoderDecoderEmbeddings, () => ({ target: embedding() })),
    },
    encoder: { ...stackSpec(config), layers: repeat(config.encoderLayers, () => encoderLayerSpec(config)) },
    decoder: { ...stackSpec(config), layers: repeat(config.decoderLayers, () => decoderLayerSpec(config)) },
    output: {
      ...when(!config.tieWordEmbeddings, () => ({ weight: param([dModel, vocabSize], xavierUniform) })),
      ...when(config.finalLogitsBias, () => ({ bias: param([vocabSize], zeros) })),
    },
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

/** What a stack has beside its layers: learned positions, and in the pre-norm form a norm at its end. */
const stackSpec = ({ dModel, maxPositionEmbeddings, positionEmbeddings, normalizeBefore }: TransformerConfig) => ({
  ...when(positionEmbeddings === "learned", () => ({
    positions: param([maxPositionEmbeddings, dModel], normal(dModel ** -0.5)),
  })),
  ...when(normalizeBefore, () => ({ norm: layerNormSpec(dModel) })),
});

/** What `transformerSpec` declares: a tree of parameters. */
export type TransformerSpec = ReturnType<typeof transformerSpec>;
export type TransformerParams = Params<TransformerSpec>;
