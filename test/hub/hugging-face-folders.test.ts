import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import { modelFiles } from "../../src/hub/model-folder.ts";
import { heedError } from "./errors.ts";
import {
  expectEqualModels,
  expectEqualTensors,
  filesOf,
  fixture,
  load,
  readFolder,
  tensorsOf,
  withKeys,
  withTensors,
} from "./models.ts";

/** The largest difference. */
function furthest(found: TensorData | undefined, expected: TensorData | undefined): number {
  const [a, b] = [found, expected].map((tensor) => [...(tensor!.data as Float32Array)]);
  return Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)));
}

describe("folders of transformers", () => {
  it.each(["marian-tied", "marian-untied", "marian-padding-not-zero", "decoding"])(
    "%s: the tensors are written as they were",
    async (name) => {
      const files = fixture(name);
      const { model } = await load(files);
      const written = await modelFiles({ model });
      const bytes = [written, files].map((each) => Buffer.from(each.get("model.safetensors") as Uint8Array));
      expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
    },
  );

  it.each(["pegasus-tied", "prenorm-gelu"])("%s: the tensors are written as they were", async (name) => {
    const files = fixture(name);
    const { model } = await load(files);
    const [written, original] = [tensorsOf(await modelFiles({ model })), tensorsOf(files)];
    expect([...written.keys()]).toEqual([...original.keys()]);
    for (const [name, tensor] of original) {
      if (!name.includes("embed_positions")) expect(written.get(name), name).toEqual(tensor);
      else expect(furthest(written.get(name), tensor)).toBeLessThan(1e-6);
    }
  });

  it.each(["marian-tied", "marian-untied", "pegasus-tied", "prenorm-gelu", "decoding"])(
    "%s: config.json keeps what transformers wrote",
    async (name) => {
      const files = fixture(name);
      const original = JSON.parse(new TextDecoder().decode(files.get("config.json") as Uint8Array));
      const json = JSON.parse((await modelFiles(await load(files))).get("config.json") as string);
      const unused = ["encoder_layerdrop", "decoder_layerdrop", "init_std", "is_decoder", "use_cache"];
      for (const [key, value] of Object.entries(original)) {
        if (key !== "transformers_version" && !unused.includes(key)) expect([key, json[key]]).toEqual([key, value]);
      }
    },
  );

  it("whose bias is not zero have one", async () => {
    const files = await withTensors(fixture("decoding"), (tensors) => {
      tensors.set("final_logits_bias", float32([1, 41], new Float32Array(41).fill(0.5, 3, 4)));
    });
    const { model } = await load(files);
    expect(model.config).toMatchObject({ finalLogitsBias: true });
    expect(model.parameters.get("output.bias")?.data[3]).toBe(0.5);
    const zero = await withTensors(files, (tensors) => tensors.get("final_logits_bias")?.data.fill(0 as never));
    const without = await withTensors(files, (tensors) => tensors.delete("final_logits_bias"));
    for (const each of [zero, without]) {
      const { config, parameters } = (await load(each)).model;
      expect(config).toMatchObject({ finalLogitsBias: false });
      expect(parameters.has("output.bias")).toBe(false);
    }
  });

  it("may hold copies of a table that is shared or tied", async () => {
    const original = await load(fixture("decoding"));
    const copies = await withTensors(fixture("decoding"), (tensors) => {
      const table = tensors.get("model.shared.weight")!;
      for (const name of ["model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head"]) {
        tensors.set(`${name}.weight`, table);
      }
    });
    expectEqualModels((await load(copies)).model, original.model);
    const withoutShared = await withTensors(copies, (tensors) => tensors.delete("model.shared.weight"));
    expectEqualModels((await load(withoutShared)).model, original.model);
  });

  it("may hold tables of their own where the config says that they are shared and tied", async () => {
    const files = await withTensors(fixture("decoding"), (tensors) => {
      const { shape, data } = tensors.get("model.shared.weight") as TensorData<"float32">;
      const times = (factor: number) =>
        float32(
          shape,
          data.map((value) => value * factor),
        );
      tensors.set("model.decoder.embed_tokens.weight", times(2));
      tensors.set("lm_head.weight", times(3));
    });
    const { config, parameters } = (await load(files)).model;
    expect(config).toMatchObject({ shareEncoderDecoderEmbeddings: false, tieWordEmbeddings: false });
    const [source, target, output] = ["embedding.source", "embedding.target", "output.weight"].map(
      (path) => parameters.get(path)!,
    );
    expect(output!.shape).toEqual([16, 41]);
    expect(target!.data[16 + 5]).toBeCloseTo(2 * source!.data[16 + 5]!, 6);
    expect(output!.data[5 * 41 + 1]).toBeCloseTo(3 * source!.data[16 + 5]!, 6);
  });

  it("with other positions than sinusoids have learned ones", async () => {
    expect((await load(fixture("pegasus-tied"))).model.config).toMatchObject({ positionEmbeddings: "sinusoidal" });
    const changed = await withTensors(fixture("pegasus-tied"), (tensors) => {
      const { shape, data } = tensors.get("model.encoder.embed_positions.weight") as TensorData<"float32">;
      tensors.set("model.encoder.embed_positions.weight", float32(shape, data.toReversed()));
    });
    const { config, parameters } = (await load(changed)).model;
    expect(config).toMatchObject({ positionEmbeddings: "learned" });
    const original = tensorsOf(changed);
    for (const stack of ["encoder", "decoder"]) {
      const stored = original.get(`model.${stack}.embed_positions.weight`);
      expect(parameters.get(`${stack}.positions`)).toEqual(stored);
    }
    const oneTable = await withTensors(changed, (tensors) => tensors.delete("model.decoder.embed_positions.weight"));
    const sinusoids = (await load(oneTable)).model.parameters.get("decoder.positions");
    expect(furthest(sinusoids, parameters.get("decoder.positions"))).toBeLessThan(1e-6);
  });

  it("with one vocabulary for each language have tables of different sizes", async () => {
    const files = fixture("marian-separate");
    const { model } = await load(files);
    expect(model.config).toMatchObject({ vocabSize: 45, decoderVocabSize: 41, shareEncoderDecoderEmbeddings: false });
    const written = await filesOf(model);
    expectEqualTensors(tensorsOf(written), tensorsOf(files));
    expect(JSON.parse(written.get("config.json") as string)).toMatchObject({ vocab_size: 45, decoder_vocab_size: 41 });
  });

  it("with a class that Heed does not have are refused", async () => {
    const files = withKeys(fixture("decoding"), { model_type: "bart", architectures: ["BartForQuestionAnswering"] });
    const error = await heedError(() => load(files), "MODEL_UNSUPPORTED");
    expect(error.message).toContain(
      'folder/config.json: architectures names "BartForQuestionAnswering". Of bart Heed opens: ' +
        "BartForConditionalGeneration, BartForSequenceClassification, BartModel.",
    );
  });

  it("may leave keys out that transformers has defaults for, and hold keys that it does not know", async () => {
    const files = withKeys(fixture("decoding"), { dropout: undefined, static_position_embeddings: true, _note: "x" });
    const { config } = (await load(files)).model;
    expect(config).toMatchObject({ dropout: 0.1, activationFunction: "relu" });
    const gelu = withKeys(fixture("prenorm-gelu"), { activation_function: undefined, scale_embedding: undefined });
    expect((await load(gelu)).model.config).toMatchObject({ activationFunction: "gelu", scaleEmbedding: false });
  });
});

const ARABIC = new URL("../../../shared/data/weights/aren-transliteration/", import.meta.url);
describe.skipIf(!existsSync(ARABIC))("a trained model (needs ../shared/data/weights/aren-transliteration)", () => {
  it("has a place for every tensor, and comes back as it was saved", async () => {
    const files = readFolder(ARABIC);
    const { model } = await load(files);
    expect(model.config).toMatchObject({
      vocabSize: 94,
      normalizeBefore: true,
      positionEmbeddings: "learned",
      shareEncoderDecoderEmbeddings: true,
      tieWordEmbeddings: false,
      finalLogitsBias: true,
      decoderStartTokenId: 52,
    });
    const written = await filesOf(model);
    expect(JSON.parse(written.get("config.json") as string).model_type).toBe("heed-transformer");
    expectEqualModels((await load(written)).model, model);
    const [before, after] = [tensorsOf(files), tensorsOf(written)];
    expectEqualTensors(after, before);
  });
});
