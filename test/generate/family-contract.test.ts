import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { families } from "../../src/models/registry.ts";
import { t5 } from "../../src/models/t5/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { decoderOnly } from "./families/decoder-only.ts";
import { grouped } from "./families/grouped.ts";
import { familyContract, fusedKernels } from "./family-contract.ts";
import { randomModel, smallTransformer } from "./models.ts";

const tokens = { vocabSize: 29, padTokenId: 28, eosTokenId: 0 };
/** Families as users write them, in files of their own. */
const own = (family: unknown, config: object = {}) => randomModel(family as ModelFamily, { ...tokens, ...config });

/** A small T5 with random numbers, whose buckets end within what the contract decodes. */
const smallT5 = (config: object = {}) =>
  own(t5, {
    ...{ hiddenSize: 16, headDim: 6, intermediateSize: 24, numAttentionHeads: 3, decoderStartTokenId: 28 },
    ...{ relativeAttentionNumBuckets: 8, relativeAttentionMaxDistance: 20, maxPositionEmbeddings: 64 },
    ...config,
  });

/** The models of each family that must keep the contract. */
const models = {
  transformer: {
    "as in the paper": smallTransformer(),
    "pre-norm, GELU": smallTransformer({ normalizeBefore: true, activationFunction: "gelu" }),
    "learned positions, unscaled": smallTransformer({ positionEmbeddings: "learned", scaleEmbedding: false }),
    "nothing shared, biased logits": smallTransformer({
      shareEncoderDecoderEmbeddings: false,
      tieWordEmbeddings: false,
      finalLogitsBias: true,
    }),
    "more heads in the encoder": smallTransformer({
      encoderAttentionHeads: 4,
      decoderAttentionHeads: 2,
      encoderLayers: 2,
    }),
    "one head, one layer": smallTransformer({ encoderAttentionHeads: 1, decoderAttentionHeads: 1, decoderLayers: 1 }),
  },
  t5: {
    "T5 1.0": smallT5(),
    "1.1: gated, not tied, unscaled": smallT5({
      feedForwardProj: "gated-gelu",
      tieWordEmbeddings: false,
      scaleDecoderOutputs: false,
      // Else scores are so large that float32 has no hundred-thousandths of them.
      initializerFactor: 0.2,
    }),
    "umT5, more layers in the decoder": smallT5({
      shareRelativeAttentionBias: false,
      numHiddenLayers: 1,
      numDecoderLayers: 3,
    }),
  },
};

const usersModels = {
  "decoder-only": own(decoderOnly),
  "grouped heads, rotary positions": own(grouped),
  "grouped heads, relative positions": own(grouped, { positions: "alibi" }),
};

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime();
});
afterAll(() => runtime.dispose());

it("every family is here", () => {
  expect(Object.keys(models).sort()).toEqual([...families.keys()].sort());
});

for (const [family, variants] of Object.entries(models)) {
  for (const [name, model] of Object.entries(variants)) {
    describe(`${family}: ${name}`, () => familyContract(model, () => runtime));
  }
}

for (const [name, model] of Object.entries(usersModels)) {
  describe(`a user's own family: ${name}`, () => familyContract(model, () => runtime));
}

describe("decoding gets fused kernels, though no family names them", () => {
  it.each([
    [
      "transformer, post-norm",
      models.transformer["as in the paper"],
      { step: { addLayerNorm: 6, attend: 2, attendToPast: 2 }, prefill: { addLayerNorm: 2, attend: 1 } },
    ],
    [
      "transformer, pre-norm",
      models.transformer["pre-norm, GELU"],
      {
        step: { addLayerNorm: 1, addLayerNormAndSum: 5, attend: 2, attendToPast: 2 },
        prefill: { addLayerNorm: 1, addLayerNormAndSum: 1, attend: 1 },
      },
    ],
    [
      "decoder-only",
      usersModels["decoder-only"],
      { step: { addLayerNorm: 1, addLayerNormAndSum: 5, attendToPast: 3 } },
    ],
    ["grouped", usersModels["grouped heads, rotary positions"], { step: { attendHeads: 2 } }],
    ["T5", models.t5["T5 1.0"], { step: { attendHeads: 4 }, prefill: { attendHeads: 2 } }],
    ["relative", usersModels["grouped heads, relative positions"], { step: { attendHeads: 2 } }],
  ] as const)("%s", async (_, model, expected) => {
    expect(await fusedKernels(model)).toEqual(expected);
  });
});
