import { truncatedNormal, zeros } from "../../nn/initializers.ts";
import { normSpec } from "../../nn/layer-norm.ts";
import { affineSpec, linearSpec } from "../../nn/linear.ts";
import { type Params, param } from "../../nn/parameter.ts";
import { labelCount } from "../heads.ts";
import { repeat, when } from "../spec.ts";
import type { ModernBertConfig } from "./config.ts";

/** The parameters of ModernBERT (Warner et al. 2024, 2.1). */
export function modernBertSpec(config: ModernBertConfig) {
  const { vocabSize, hiddenSize, head, normBias } = config;
  const { begin, added } = initializersOf(config);
  const classes = { sequenceClass: labelCount(config), tokenClass: labelCount(config), span: 2 };
  const classifier = truncatedNormal(hiddenSize ** -0.5, config.initializerCutoffFactor);
  return {
    embedding: { tokens: param([vocabSize, hiddenSize], begin), norm: normSpec(hiddenSize, normBias) },
    layers: repeat(config.numHiddenLayers, (index) => layerSpec(config, index)),
    norm: normSpec(hiddenSize, normBias),
    ...when(head !== "states", () => ({
      prediction: {
        dense: affineSpec(hiddenSize, hiddenSize, config.classifierBias, added),
        norm: normSpec(hiddenSize, normBias),
      },
    })),
    ...when(head === "maskedToken", () => ({
      output: {
        ...when(!config.tieWordEmbeddings, () => ({ weight: param([hiddenSize, vocabSize], added) })),
        ...when(config.decoderBias, () => ({ bias: param([vocabSize], zeros) })),
      },
    })),
    ...when(head in classes, () => ({
      head: linearSpec(hiddenSize, classes[head as keyof typeof classes], classifier),
    })),
  };
}

/** The embeddings are normalised already: the first layer's attention reads them as they are (Warner et al. 2024, 2.1.1). */
export function layerSpec(config: ModernBertConfig, index: number) {
  const { hiddenSize, intermediateSize, normBias, attentionBias, mlpBias } = config;
  const { begin, added } = initializersOf(config);
  return {
    ...when(index > 0, () => ({ attentionNorm: normSpec(hiddenSize, normBias) })),
    attention: {
      queryKeyValue: affineSpec(hiddenSize, 3 * hiddenSize, attentionBias, begin),
      output: affineSpec(hiddenSize, hiddenSize, attentionBias, added),
    },
    feedForwardNorm: normSpec(hiddenSize, normBias),
    feedForward: {
      in: affineSpec(hiddenSize, 2 * intermediateSize, mlpBias, begin),
      out: affineSpec(intermediateSize, hiddenSize, mlpBias, added),
    },
  };
}

/** What is added to the residual stream begins smaller, by the number of additions. */
function initializersOf({
  initializerRange: range,
  initializerCutoffFactor: cutoff,
  numHiddenLayers,
}: ModernBertConfig) {
  return {
    begin: truncatedNormal(range, cutoff),
    added: truncatedNormal(range / Math.sqrt(2 * numHiddenLayers), cutoff),
  };
}

/** What `modernBertSpec` declares: a tree of parameters. */
export type ModernBertSpec = ReturnType<typeof modernBertSpec>;
export type ModernBertParams = Params<ModernBertSpec>;
