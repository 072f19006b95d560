import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generationDefaults } from "../../src/generate/defaults.ts";
import { float32 } from "../../src/graph/tensor-data.ts";
import { modelFiles } from "../../src/hub/model-folder.ts";
import { Tokenizer } from "../../src/text/index.ts";
import { heedError } from "./errors.ts";
import {
  expectEqualModels,
  expectEqualTensors,
  filesOf,
  fixture,
  load,
  paddedTransformer,
  readFolder,
  tensorsOf,
  withKeys,
} from "./models.ts";

const booleans = [false, true];
const variants = booleans.flatMap((normalizeBefore) =>
  booleans.flatMap((shareEncoderDecoderEmbeddings) =>
    booleans.flatMap((tieWordEmbeddings) =>
      ["sinusoidal", "learned"].flatMap((positionEmbeddings) =>
        booleans.map((finalLogitsBias) => ({
          normalizeBefore,
          shareEncoderDecoderEmbeddings,
          tieWordEmbeddings,
          positionEmbeddings,
          finalLogitsBias,
        })),
      ),
    ),
  ),
);

function expectedType(variant: (typeof variants)[number]): string {
  const { normalizeBefore, shareEncoderDecoderEmbeddings: share, tieWordEmbeddings: tie } = variant;
  if (variant.positionEmbeddings === "learned") return "heed-transformer";
  if (normalizeBefore) return share && tie ? "pegasus" : "heed-transformer";
  return share && !tie ? "heed-transformer" : "marian";
}

describe("every kind of Transformer", () => {
  it.each(variants)("comes back as it was saved: %o", async (variant) => {
    const model = paddedTransformer({ ...variant, activationFunction: "gelu", scaleEmbedding: false, dropout: 0.3 });
    const files = await filesOf(model);
    const json = JSON.parse(files.get("config.json") as string);
    expect(json.model_type).toBe(expectedType(variant));
    const loaded = await load(files);
    expectEqualModels(loaded.model, model);
    const again = await filesOf(loaded.model);
    expect(again.get("config.json")).toBe(files.get("config.json"));
    expectEqualTensors(tensorsOf(again), tensorsOf(files));
  });

  it("has a bias of zeros in its file where it has none", async () => {
    const bias = tensorsOf(await filesOf(paddedTransformer())).get("final_logits_bias");
    expect(bias).toEqual(float32([1, 23], new Float32Array(23)));
  });

  it("keeps a bias of zeros that its config asks for", async () => {
    for (const normalizeBefore of booleans) {
      const model = paddedTransformer({ normalizeBefore, finalLogitsBias: true });
      model.parameters.get("output.bias")!.data.fill(0);
      expectEqualModels((await load(await filesOf(model))).model, model);
    }
  });

  it("lacking a parameter is refused", async () => {
    const model = paddedTransformer();
    const parameters = new Map(model.parameters);
    parameters.delete("encoder.layers.0.feedForward.in.weight");
    const error = await heedError(() => filesOf({ ...model, parameters }), "INPUT_INVALID");
    expect(error.message).toContain('"encoder.layers.0.feedForward.in.weight"');
  });
});

describe("what lies beside the model", () => {
  it("may be a tokenizer of Marian's, which is saved as two", async () => {
    const marian = new URL("../fixtures/tokenizer-folders/marian/", import.meta.url);
    const names = ["tokenizer_config.json", "vocab.json", "source.spm", "target.spm"];
    const files = fixture("decoding");
    for (const name of names) files.set(name, readFileSync(new URL(name, marian)));
    const opened = await load(files);
    const saved = await modelFiles(opened);
    expect([...saved.keys()].filter((name) => name.endsWith("tokenizer.json"))).toEqual([
      "tokenizer.json",
      "target_tokenizer.json",
    ]);
    const again = await load(saved);
    expect(again.tokenizerJson).toEqual(opened.tokenizerJson);
    expect(again.targetTokenizer).toEqual(opened.targetTokenizer);
    const tokenizers = [again, { tokenizerJson: again.targetTokenizer!.json }].map(({ tokenizerJson }) =>
      Tokenizer.fromJSON(tokenizerJson),
    );
    expect(tokenizers.map((tokenizer) => tokenizer.encode(">>fra<< bread").at(0))).toEqual([2, 2]);
  });

  it("comes back as it was saved", async () => {
    const beside = {
      tokenizerJson: { version: "1.0", model: { type: "BPE", snake_case: [1] } },
      tokenizerConfig: { eos_token: "</s>" },
      generationConfig: {
        earlyStopping: "never" as const,
        numBeams: 7,
        maxLength: 9,
        badWordsIds: [[22], [3, 4]],
        myKey: 1,
      },
    };
    const files = await modelFiles({ model: paddedTransformer(), ...beside });
    const { model: _, ...loaded } = await load(files);
    expect(loaded).toEqual({ ...beside, unknownKeys: [] });
    const json = JSON.parse(files.get("generation_config.json") as string);
    expect(json).toMatchObject({ num_beams: 7, bad_words_ids: [[22], [3, 4]], my_key: 1 });
  });

  it("is written so that padding starts the decoder and is never generated", async () => {
    const json = JSON.parse((await filesOf(paddedTransformer())).get("generation_config.json") as string);
    expect(json).toEqual({
      num_beams: 4,
      max_length: 48,
      pad_token_id: 22,
      eos_token_id: 0,
      decoder_start_token_id: 22,
      bad_words_ids: [[22]],
    });
  });

  it("asks for no beams and no length of a model that continues texts, where its folder asks for none", async () => {
    const files = readFolder(new URL("../fixtures/families/llama-hub/", import.meta.url));
    files.delete("generation_config.json");
    const { generationConfig, model } = await load(files);
    const { padTokenId, eosTokenId } = model.config;
    expect(generationConfig).toEqual({ bosTokenId: 1, padTokenId, eosTokenId });
    expect(generationDefaults(generationConfig, model.config)).toMatchObject({
      ...{ numBeams: undefined, maxLength: undefined, suppressTokens: [] },
    });
  });

  it("is read from config.json in older folders, null being nothing", async () => {
    const files = withKeys(fixture("decoding"), { num_beams: 6, length_penalty: 0.6, forced_eos_token_id: 0 });
    files.delete("generation_config.json");
    const { generationConfig, tokenizerJson } = await load(files);
    expect(generationConfig).toEqual({
      numBeams: 6,
      lengthPenalty: 0.6,
      forcedEosTokenId: 0,
      maxLength: 32,
      padTokenId: 40,
      eosTokenId: 0,
      decoderStartTokenId: 40,
      badWordsIds: [[40]],
    });
    expect(tokenizerJson).toBeUndefined();
  });
});
