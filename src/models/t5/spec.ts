import { normal } from "../../nn/initializers.ts";
import { linearSpec, matrixSpec } from "../../nn/linear.ts";
import { type Params, param } from "../../nn/parameter.ts";
import { rmsNormSpec } from "../../nn/rms-norm.ts";
import { labelCount } from "../heads.ts";
import { repeat, when } from "../spec.ts";
import { activationOf, hasDecoder, type T5Config } from "./config.ts";

/** The parameters of T5 (Raffel et al. 2020, 2.1). First matrices are as in Mesh TensorFlow, which leaves scores unscaled. */
export function t5Spec(config: T5Config) {
  const { vocabSize, hiddenSize, head, numHiddenLayers, numDecoderLayers = numHiddenLayers } = config;
  const [one, inverse] = [normal(config.initializerFactor), begin(config, hiddenSize)];
  return {
    embedding: { tokens: param([vocabSize, hiddenSize], one) },
    encoder: {
      layers: repeat(numHiddenLayers, (index) => encoderLayerSpec(config, index)),
      norm: rmsNormSpec(hiddenSize),
    },
    ...when(hasDecoder(config), () => ({
      decoder: {
        layers: repeat(numDecoderLayers, (index) => decoderLayerSpec(config, index)),
        norm: rmsNormSpec(hiddenSize),
      },
    })),
    ...when(head === "sequenceToSequence" && !config.tieWordEmbeddings, () => ({
      output: { weight: param([hiddenSize, vocabSize], one) },
    })),
    ...when(head === "sequenceClass", () => ({
      classifier: {
        dense: linearSpec(hiddenSize, hiddenSize, inverse),
        output: linearSpec(hiddenSize, labelCount(config), inverse),
      },
    })),
    ...when(head === "tokenClass", () => ({ head: linearSpec(hiddenSize, labelCount(config), one) })),
    ...when(head === "span", () => ({ head: linearSpec(hiddenSize, 2, inverse) })),
  };
}

export function encoderLayerSpec(config: T5Config, index: number) {
  const { hiddenSize, relativeAttentionNumBuckets, numAttentionHeads } = config;
  return {
    ...when(index === 0 || !config.shareRelativeAttentionBias, () => ({
      relativeAttentionBias: param([relativeAttentionNumBuckets, numAttentionHeads], begin(config, hiddenSize)),
    })),
    selfAttention: attentionSpec(config),
    selfAttentionNorm: rmsNormSpec(hiddenSize),
    feedForward: feedForwardSpec(config),
    feedForwardNorm: rmsNormSpec(hiddenSize),
  };
}

export const decoderLayerSpec = (config: T5Config, index: number) => ({
  ...encoderLayerSpec(config, index),
  crossAttention: attentionSpec(config),
  crossAttentionNorm: rmsNormSpec(config.hiddenSize),
});

function attentionSpec(config: T5Config) {
  const { hiddenSize, headDim, numAttentionHeads } = config;
  const inner = numAttentionHeads * headDim;
  return {
    query: matrixSpec(hiddenSize, inner, begin(config, hiddenSize * headDim)),
    key: matrixSpec(hiddenSize, inner, begin(config, hiddenSize)),
    value: matrixSpec(hiddenSize, inner, begin(config, hiddenSize)),
    output: matrixSpec(inner, hiddenSize, begin(config, inner)),
  };
}

function feedForwardSpec(config: T5Config) {
  const { hiddenSize, intermediateSize } = config;
  const inner = () => matrixSpec(hiddenSize, intermediateSize, begin(config, hiddenSize));
  return {
    ...when(activationOf(config).gated, () => ({ gate: inner() })),
    in: inner(),
    out: matrixSpec(intermediateSize, hiddenSize, begin(config, intermediateSize)),
  };
}

/** Normal with the variance 1 / width. */
const begin = ({ initializerFactor }: T5Config, width: number) => normal(initializerFactor * width ** -0.5);

/** What `t5Spec` declares: a tree of parameters. */
export type T5Spec = ReturnType<typeof t5Spec>;
export type T5Params = Params<T5Spec>;
