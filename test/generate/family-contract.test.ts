import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { gpt2 } from "../../src/models/gpt2/index.ts";
import { writingHeads } from "../../src/models/heads.ts";
import { llama } from "../../src/models/llama/index.ts";
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

const small = { hiddenSize: 16, numHiddenLayers: 2, numAttentionHeads: 4, maxPositionEmbeddings: 64 };
const ofLlama = (config: object = {}) => own(llama, { ...small, intermediateSize: 24, ...config });
const window = { slidingWindow: 4, layerTypes: ["full_attention", "sliding_attention"] };
const rope = { ropeTheta: 100, factor: 4 };
/** A small T5 with random numbers, whose buckets end within what the contract decodes. */
const smallT5 = (config: object = {}) =>
  own(t5, {
    ...{ hiddenSize: 16, headDim: 6, intermediateSize: 24, numAttentionHeads: 3, decoderStartTokenId: 28 },
    ...{ relativeAttentionNumBuckets: 8, relativeAttentionMaxDistance: 20, maxPositionEmbeddings: 64 },
    ...config,
  });

/** The models of each family that must keep the contract. */
const models = {
  gpt2: {
    "as in the paper": own(gpt2, small),
    "GPT-NeoX": own(gpt2, {
      ...small,
      useParallelResidual: true,
      ropeParameters: { ropeType: "default", ropeTheta: 100, partialRotaryFactor: 0.5 },
    }),
  },
  llama: {
    "as in the paper": ofLlama(),
    "grouped, biased, tied": ofLlama({
      numKeyValueHeads: 2,
      attentionBias: true,
      attentionOutputBias: true,
      mlpBias: true,
      tieWordEmbeddings: true,
    }),
    "windows, layers without positions": ofLlama({ ...window, noRopeLayers: [1, 0], numKeyValueHeads: 1 }),
    "biased, layers without positions": ofLlama({ attentionBias: true, noRopeLayers: [1, 0] }),
    "norms and positions as in Gemma 3": ofLlama({
      ...window,
      headDim: 8,
      useQkNorm: true,
      normalizeAfter: true,
      zeroCenteredNorms: true,
      scaleEmbedding: true,
      queryPreAttnScalar: 3,
      finalLogitSoftcapping: 2,
      ropeParameters: { ropeType: "linear", ...rope },
      slidingRopeParameters: { ropeType: "yarn", ...rope, originalMaxPositionEmbeddings: 16 },
    }),
  },
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
    "normalised embeddings, positions behind others (BART)": smallTransformer({
      positionEmbeddings: "learned",
      positionOffset: 2,
      layernormEmbedding: true,
      scaleEmbedding: false,
    }),
    "the same, pre-norm (mBART)": smallTransformer({
      normalizeBefore: true,
      positionEmbeddings: "learned",
      positionOffset: 2,
      layernormEmbedding: true,
    }),
    "fairseq's sinusoids, pre-norm (M2M-100)": smallTransformer({
      normalizeBefore: true,
      positionEmbeddings: "fairseq",
      padTokenId: 1,
    }),
    "two vocabularies (Marian)": smallTransformer({ shareEncoderDecoderEmbeddings: false, decoderVocabSize: 27 }),
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

it("every family that writes is here", () => {
  const writes = ({ heads }: ModelFamily) => heads.some((head) => (writingHeads as readonly string[]).includes(head));
  const writing = [...families].filter(([, family]) => writes(family)).map(([name]) => name);
  expect(Object.keys(models).sort()).toEqual(writing.sort());
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
    ["llama", models.llama["as in the paper"], { step: { attendHeads: 2 } }],
    ["llama, windows", models.llama["windows, layers without positions"], { step: { attendHeads: 2 } }],
    ["gpt2", models.gpt2["as in the paper"], { step: { addLayerNorm: 1, addLayerNormAndSum: 3, attendHeads: 2 } }],
    ["gpt2, GPT-NeoX", models.gpt2["GPT-NeoX"], { step: { addLayerNorm: 1, addLayerNormAndSum: 1, attendHeads: 2 } }],
    ["grouped", usersModels["grouped heads, rotary positions"], { step: { attendHeads: 2 } }],
    ["T5", models.t5["T5 1.0"], { step: { attendHeads: 4 }, prefill: { attendHeads: 2 } }],
    ["relative", usersModels["grouped heads, relative positions"], { step: { attendHeads: 2 } }],
  ] as const)("%s", async (_, model, expected) => {
    expect(await fusedKernels(model)).toEqual(expected);
  });
});
