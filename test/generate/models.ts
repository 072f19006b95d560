import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import type { ModelConfig, ModelFamily } from "../../src/models/family.ts";
import type { Model } from "../../src/models/model.ts";
import { checkConfig } from "../../src/models/registry.ts";
import { transformer } from "../../src/models/transformer/index.ts";
import { initialize } from "../../src/nn/parameter.ts";
import { createRandom, type Random } from "../../src/random.ts";

/** Random numbers, also where initialisation would give zeros and ones. */
export function randomModel(family: ModelFamily, config: object, seed = 1): Model {
  const checked = checkConfig(family, config, "model") as ModelConfig;
  const initial = flattenTree<TensorData<"float32">>(initialize(family.spec(checked), seed));
  const parameters = new Map(
    [...initial].map(([path, { shape, data }]) => {
      const random = createRandom(seed, path);
      return [
        path,
        float32(
          shape,
          data.map((x) => x + 0.2 * random.normal()),
        ),
      ] as const;
    }),
  );
  return { family, config: checked, parameters };
}

/** A small Transformer with random numbers. */
export function smallTransformer(config: object = {}, seed = 1): Model {
  const size = { vocabSize: 23, dModel: 16, encoderAttentionHeads: 2, decoderAttentionHeads: 2 };
  const width = { encoderLayers: 1, decoderLayers: 2, encoderFfnDim: 24, decoderFfnDim: 24, maxPositionEmbeddings: 48 };
  const tokens = { padTokenId: 22, eosTokenId: 0, decoderStartTokenId: 22 };
  return randomModel(transformer as unknown as ModelFamily, { ...size, ...width, ...tokens, ...config }, seed);
}

/** Random sequences of the given lengths, of ids from 2 to 20 and the end of the sentence, 0. */
export function randomSequences(lengths: readonly number[], seed = 1): number[][] {
  const random = createRandom(seed, "sequences");
  return lengths.map((length) => [...Array.from({ length: length - 1 }, () => integer(random, 2, 20)), 0]);
}

/** Uniform from `low` to `high`, both included. */
export function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random.uniform() * (high - low + 1));
}

/** log(softmax(logits)) in float64. */
export function logSoftmax(logits: ArrayLike<number>): number[] {
  const numbers = Array.from(logits);
  const max = Math.max(...numbers);
  const logTotal = Math.log(numbers.reduce((total, x) => total + Math.exp(x - max), 0));
  return numbers.map((x) => x - max - logTotal);
}
