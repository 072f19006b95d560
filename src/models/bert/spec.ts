import { interleavedSinusoids, normal, withZeroRow, zeros } from "../../nn/initializers.ts";
import { layerNormSpec } from "../../nn/layer-norm.ts";
import { linearSpec } from "../../nn/linear.ts";
import { type Params, param } from "../../nn/parameter.ts";
import { labelCount } from "../heads.ts";
import { repeat, when } from "../spec.ts";
import { type BertConfig, positionCount } from "./config.ts";

/** The parameters of BERT (Devlin et al. 2019, section 3 and A.2). */
export function bertSpec(config: BertConfig) {
  const { hiddenSize, head, initializerRange } = config;
  const begin = normal(initializerRange);
  const classes = { sequenceClass: labelCount(config), tokenClass: labelCount(config), span: 2 };
  return {
    embedding: embeddingSpec(config),
    layers: repeat(config.numHiddenLayers, () => layerSpec(config)),
    ...when(head === "sequenceClass" || (head === "states" && config.addPoolingLayer), () => ({
      pooler: linearSpec(hiddenSize, hiddenSize, begin),
    })),
    ...when(head === "maskedToken", () => ({ prediction: predictionSpec(config) })),
    ...when(head in classes, () => ({
      head: linearSpec(hiddenSize, classes[head as keyof typeof classes], begin),
    })),
  };
}

/** PyTorch's classes leave padding without an embedding and, where positions count from it, without a position. */
function embeddingSpec(config: BertConfig) {
  const { vocabSize, hiddenSize, typeVocabSize, padTokenId } = config;
  const begin = normal(config.initializerRange);
  const ofPositions = config.positionsFromPadding ? withZeroRow(begin, padTokenId) : begin;
  return {
    tokens: param([vocabSize, hiddenSize], withZeroRow(begin, padTokenId)),
    positions: param(
      [positionCount(config), hiddenSize],
      config.sinusoidalPosEmbds ? interleavedSinusoids : ofPositions,
    ),
    ...when(typeVocabSize > 0, () => ({ types: param([typeVocabSize, hiddenSize], begin) })),
    norm: layerNormSpec(hiddenSize),
  };
}

export function layerSpec({ hiddenSize, intermediateSize, initializerRange }: BertConfig) {
  const begin = normal(initializerRange);
  const square = () => linearSpec(hiddenSize, hiddenSize, begin);
  return {
    attention: { query: square(), key: square(), value: square(), output: square() },
    attentionNorm: layerNormSpec(hiddenSize),
    feedForward: {
      in: linearSpec(hiddenSize, intermediateSize, begin),
      out: linearSpec(intermediateSize, hiddenSize, begin),
    },
    feedForwardNorm: layerNormSpec(hiddenSize),
  };
}

function predictionSpec({ hiddenSize, vocabSize, tieWordEmbeddings, initializerRange }: BertConfig) {
  const begin = normal(initializerRange);
  return {
    transform: linearSpec(hiddenSize, hiddenSize, begin),
    norm: layerNormSpec(hiddenSize),
    output: {
      ...when(!tieWordEmbeddings, () => ({ weight: param([hiddenSize, vocabSize], begin) })),
      bias: param([vocabSize], zeros),
    },
  };
}

/** What `bertSpec` declares: a tree of parameters. */
export type BertSpec = ReturnType<typeof bertSpec>;
export type BertParams = Params<BertSpec>;
