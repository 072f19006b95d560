import { describe, expect, it } from "vitest";
import { wordsAndPlaces } from "../../examples/own-family.ts";
import { memoryFiles } from "../../src/hub/files.ts";
import { loadModel, modelFiles } from "../../src/hub/index.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { headOf, requireHead } from "../../src/models/head-of.ts";
import { families, registerFamily } from "../../src/models/registry.ts";
import { parseRecipe } from "../../src/translation/parse-recipe.ts";
import { decoderOnly } from "../generate/families/decoder-only.ts";
import { randomModel } from "../generate/models.ts";
import { heedError } from "../hub/errors.ts";

const tokens = { vocabSize: 29, padTokenId: 28, eosTokenId: 0 };

describe("a user's own family", () => {
  it("is saved and opened with all its keys and numbers once it is registered, not before", async () => {
    const model = randomModel(decoderOnly as unknown as ModelFamily, tokens);
    const refused = await heedError(() => modelFiles({ model }), "MODEL_UNSUPPORTED");
    expect(refused.message).toContain("registerFamily");
    registerFamily(decoderOnly);
    const files = memoryFiles(await modelFiles({ model }), "own");
    const again = (await loadModel(files)).model;
    expect(again.family).toBe(decoderOnly);
    expect(again.config).toEqual(model.config);
    expect([...again.parameters]).toEqual([...model.parameters]);
  });

  it("may be registered twice, but no other under its name, nor under one of Heed's", async () => {
    registerFamily(decoderOnly);
    for (const modelType of ["decoder-only", "gpt2"]) {
      const { message } = await heedError(() => registerFamily({ ...decoderOnly, modelType }), "CONFIG_INVALID");
      expect(message).toContain(`"${modelType}"`);
    }
    expect(families.get("decoder-only")).toBe(decoderOnly);
  });

  it("may be asked for in a recipe if it translates, with its own keys only", async () => {
    const recipe = { data: { corpus: "compiler-messages", to: "fr" }, model: { modelType: "two-words", width: 32 } };
    const { message } = await heedError(() => parseRecipe(recipe), "CONFIG_INVALID");
    expect(message).toContain('model.modelType: expected one of "transformer", "t5"');
    registerFamily({ ...wordsAndPlacesHere(), modelType: "two-words" });
    expect(parseRecipe(recipe).model).toMatchObject({ modelType: "two-words", width: 32, numHeads: 4 });
    const wrong = { ...recipe, model: { modelType: "two-words", widht: 32 } };
    expect((await heedError(() => parseRecipe(wrong), "CONFIG_INVALID")).message).toContain("width");
    const cannot = { ...recipe, model: { modelType: "decoder-only" } };
    expect((await heedError(() => parseRecipe(cannot), "CONFIG_INVALID")).message).toContain("decoder-only");
  });

  it("says what its models cannot do", async () => {
    const model = randomModel(decoderOnly as unknown as ModelFamily, tokens);
    expect(headOf(model)).toBe("nextToken");
    const { message } = await heedError(
      () => requireHead(model, ["maskedToken"], "fill in masks"),
      "MODEL_UNSUPPORTED",
    );
    expect(message).toBe(
      'This decoder-only model has the head "nextToken": it cannot fill in masks. No model of its family can.',
    );
  });
});

/** The family of the example: what it imports from the package comes from other modules than the sources, with the same meaning. */
const wordsAndPlacesHere = () => wordsAndPlaces as unknown as ModelFamily;
