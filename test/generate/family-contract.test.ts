import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { families } from "../../src/models/registry.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { decoderOnly } from "./families/decoder-only.ts";
import { grouped } from "./families/grouped.ts";
import { familyContract, fusedKernels } from "./family-contract.ts";
import { randomModel, smallTransformer } from "./models.ts";

const tokens = { vocabSize: 29, padTokenId: 28, eosTokenId: 0 };
/** Families as users write them, in files of their own. */
const own = (family: unknown, config: object = {}) => randomModel(family as ModelFamily, { ...tokens, ...config });

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
    ["relative", usersModels["grouped heads, relative positions"], { step: { attendHeads: 2 } }],
  ] as const)("%s", async (_, model, expected) => {
    expect(await fusedKernels(model)).toEqual(expected);
  });
});
