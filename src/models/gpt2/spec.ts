import { normal } from "../../nn/initializers.ts";
import { layerNormSpec } from "../../nn/layer-norm.ts";
import { affineSpec, linearSpec } from "../../nn/linear.ts";
import { type Params, param } from "../../nn/parameter.ts";
import { classHeadSpec } from "../class-heads.ts";
import { repeat, when } from "../spec.ts";
import { type Gpt2Config, innerWidth } from "./config.ts";

/** The parameters of GPT-2 (Radford et al. 2019, 2.3) and GPT-NeoX (Black et al. 2022, 2.1). */
export function gpt2Spec(config: Gpt2Config) {
  const { vocabSize, hiddenSize, maxPositionEmbeddings } = config;
  const begin = normal(config.initializerRange);
  return {
    embedding: {
      tokens: param([vocabSize, hiddenSize], begin),
      ...when(config.ropeParameters === undefined, () => ({
        positions: param([maxPositionEmbeddings, hiddenSize], begin),
      })),
    },
    layers: repeat(config.numHiddenLayers, () => layerSpec(config)),
    norm: layerNormSpec(hiddenSize),
    ...when(config.head === "nextToken" && !config.tieWordEmbeddings, () => ({
      output: { weight: param([hiddenSize, vocabSize], begin) },
    })),
    ...classHeadSpec(config, hiddenSize, begin),
  };
}

/** What is added to the residual stream begins smaller, by the number of additions (Radford et al. 2019, 2.3). */
export function layerSpec(config: Gpt2Config) {
  const { hiddenSize, initializerRange, numHiddenLayers } = config;
  const [begin, added] = [normal(initializerRange), normal(initializerRange / Math.sqrt(2 * numHiddenLayers))];
  return {
    attentionNorm: layerNormSpec(hiddenSize),
    attention: {
      queryKeyValue: affineSpec(hiddenSize, 3 * hiddenSize, config.attentionBias, begin),
      output: affineSpec(hiddenSize, hiddenSize, config.attentionBias, added),
    },
    feedForwardNorm: layerNormSpec(hiddenSize),
    feedForward: {
      in: linearSpec(hiddenSize, innerWidth(config), begin),
      out: linearSpec(innerWidth(config), hiddenSize, added),
    },
  };
}

/** What `gpt2Spec` declares: a tree of parameters. */
export type Gpt2Spec = ReturnType<typeof gpt2Spec>;
export type Gpt2Params = Params<Gpt2Spec>;
