import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import { families } from "../../src/models/registry.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { familyContract } from "./family-contract.ts";
import { smallTransformer } from "./models.ts";

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
