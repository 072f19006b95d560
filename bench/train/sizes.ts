import type { TransformerConfig } from "../../src/models/index.ts";

/** The models that are trained. All have one vocabulary of 10,000 tokens and one embedding table for all its uses. */
export const sizes: ReadonlyMap<number, Partial<TransformerConfig>> = new Map([
  // "Transformer-Tiny" of Wu et al. 2021 (Good for Misconceived Reasons), made for Multi30k.
  [128, size({ dModel: 128, layers: 4, dFf: 256, heads: 4, dropout: 0.3 })],
  [256, size({ dModel: 256, layers: 3, dFf: 1024, heads: 4, dropout: 0.1 })],
  // The paper's base width with a third of its layers.
  [512, size({ dModel: 512, layers: 2, dFf: 2048, heads: 8, dropout: 0.1 })],
]);

export const VOCABULARY = 10_000;

interface Size {
  readonly dModel: number;
  /** Of each stack. */
  readonly layers: number;
  readonly dFf: number;
  readonly heads: number;
  readonly dropout: number;
}

function size({ dModel, layers, dFf, heads, dropout }: Size): Partial<TransformerConfig> {
  return {
    dModel,
    encoderLayers: layers,
    decoderLayers: layers,
    encoderFfnDim: dFf,
    decoderFfnDim: dFf,
    encoderAttentionHeads: heads,
    decoderAttentionHeads: heads,
    dropout,
    shareEncoderDecoderEmbeddings: true,
    tieWordEmbeddings: true,
  };
}
