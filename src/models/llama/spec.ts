import { normal, withZeroRow, zeros } from "../../nn/initializers.ts";
import { affineSpec } from "../../nn/linear.ts";
import { type Params, param } from "../../nn/parameter.ts";
import { rmsNormSpec } from "../../nn/rms-norm.ts";
import { classHeadSpec } from "../class-heads.ts";
import { repeat, when } from "../spec.ts";
import { headWidth, keyHeads, type LlamaConfig } from "./config.ts";

/** The parameters of Llama (Touvron et al. 2023, 2.2), and what Qwen 3 and Gemma 3 have beside them. */
export function llamaSpec(config: LlamaConfig) {
  const { vocabSize, hiddenSize, padTokenId, eosTokenId } = config;
  const begin = normal(config.initializerRange);
  const hasPadding = padTokenId !== eosTokenId;
  return {
    embedding: { tokens: param([vocabSize, hiddenSize], hasPadding ? withZeroRow(begin, padTokenId) : begin) },
    layers: repeat(config.numHiddenLayers, () => layerSpec(config)),
    norm: normSpec(config, hiddenSize),
    ...when(config.head === "nextToken" && !config.tieWordEmbeddings, () => ({
      output: { weight: param([hiddenSize, vocabSize], begin) },
    })),
    ...classHeadSpec(config, hiddenSize, begin),
  };
}

export function layerSpec(config: LlamaConfig) {
  const { hiddenSize, intermediateSize, numAttentionHeads, attentionBias, mlpBias, normalizeAfter } = config;
  const begin = normal(config.initializerRange);
  const dHead = headWidth(config);
  const [heads, ofKeys] = [numAttentionHeads * dHead, keyHeads(config) * dHead];
  const norm = (width = hiddenSize) => normSpec(config, width);
  return {
    attentionNorm: norm(),
    attention: {
      query: affineSpec(hiddenSize, heads, attentionBias, begin),
      key: affineSpec(hiddenSize, ofKeys, attentionBias, begin),
      value: affineSpec(hiddenSize, ofKeys, attentionBias, begin),
      output: affineSpec(heads, hiddenSize, config.attentionOutputBias, begin),
      ...when(config.useQkNorm, () => ({ queryNorm: norm(dHead), keyNorm: norm(dHead) })),
    },
    ...when(normalizeAfter, () => ({ attentionOutputNorm: norm() })),
    feedForwardNorm: norm(),
    feedForward: {
      gate: affineSpec(hiddenSize, intermediateSize, mlpBias, begin),
      in: affineSpec(hiddenSize, intermediateSize, mlpBias, begin),
      out: affineSpec(intermediateSize, hiddenSize, mlpBias, begin),
    },
    ...when(normalizeAfter, () => ({ feedForwardOutputNorm: norm() })),
  };
}

const normSpec = ({ zeroCenteredNorms }: LlamaConfig, width: number) =>
  zeroCenteredNorms ? { weight: param([width], zeros) } : rmsNormSpec(width);

/** What `llamaSpec` declares: a tree of parameters. */
export type LlamaSpec = ReturnType<typeof llamaSpec>;
export type LlamaParams = Params<LlamaSpec>;
