import { describe, expect, it } from "vitest";
import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import { modelFiles } from "../../src/hub/model-folder.ts";
import { load, readFolder, tensorsOf, withKeys, withTensors } from "./models.ts";

const filesOfCase = (name: string) => readFolder(new URL(`../fixtures/families/${name}/`, import.meta.url));

const moved = ({ shape, data }: TensorData) =>
  float32(
    shape,
    Float32Array.from(data as Float32Array, (x) => x + 1),
  );

describe("a folder of T5", () => {
  const files = filesOfCase("t5");
  const shared = tensorsOf(files).get("shared.weight")!;

  it("may hold copies of its embeddings, as older ones do, and tables of biases that nothing reads", async () => {
    const { model } = await load(files);
    const names = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"];
    const unread = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";
    const older = await withTensors(files, (tensors) => {
      for (const name of names) tensors.set(name, shared);
      tensors.set(unread, tensors.get(unread.replace("1.EncDec", "0.Self"))!);
    });
    const again = (await load(older)).model;
    expect(again.config).toEqual(model.config);
    expect([...again.parameters.keys()]).toEqual([...model.parameters.keys()]);
  });

  it("has an output projection of its own where that differs, whatever its config says", async () => {
    const other = await withTensors(files, (tensors) => tensors.set("lm_head.weight", moved(shared)));
    const { config, parameters } = (await load(withKeys(other, { tie_word_embeddings: true }))).model;
    expect(config).toMatchObject({ tieWordEmbeddings: false, scaleDecoderOutputs: true });
    expect(parameters.get("output.weight")!.shape).toEqual(shared.shape.toReversed());
  });

  it("says by tie_word_embeddings whether states are scaled, unless scale_decoder_outputs does", async () => {
    const scales = async (keys: object) => {
      const { scaleDecoderOutputs, tieWordEmbeddings } = (await load(withKeys(files, keys))).model.config as never;
      expect(tieWordEmbeddings).toBe(true);
      return scaleDecoderOutputs as boolean;
    };
    const unsaid = { scale_decoder_outputs: undefined };
    expect(await scales({ ...unsaid, tie_word_embeddings: undefined })).toBe(true);
    expect(await scales({ ...unsaid, tie_word_embeddings: false })).toBe(false);
    expect(await scales({ scale_decoder_outputs: true, tie_word_embeddings: false })).toBe(true);
    expect(await scales({ model_type: "mt5", architectures: ["MT5ForConditionalGeneration"] })).toBe(false);
  });

  it("is saved with keys that Python's strict config takes, which wants no whole number for a factor", async () => {
    const saved = await modelFiles(await load(files));
    const text = saved.get("config.json") as string;
    const config = JSON.parse(text) as object;
    expect(text).toContain('"initializer_factor": 1.0,');
    expect(config).toMatchObject({
      model_type: "t5",
      is_encoder_decoder: true,
      dense_act_fn: "relu",
      is_gated_act: false,
    });
  });

  it("is read as an encoder alone where its class is that", async () => {
    const keys = { architectures: ["T5EncoderModel"] };
    const { parameters } = (await load(withKeys(files, keys))).model;
    expect([...parameters.keys()].filter((path) => path.startsWith("decoder"))).toEqual([]);
  });

  it("reads as many tokens as n_positions says, else 2048", async () => {
    expect((await load(files)).model.config.maxPositionEmbeddings).toBe(2048);
    expect((await load(withKeys(files, { n_positions: 512 }))).model.config.maxPositionEmbeddings).toBe(512);
  });

  it.each([
    ["an activation that feed_forward_proj does not say", { dense_act_fn: "silu" }, /dense_act_fn is "silu"/],
    ["a decoder alone", { is_decoder: true }, /is_decoder/],
    ["an unknown class", { architectures: ["T5Other"] }, /T5Other/],
  ])("is refused with %s", async (_, keys, message) => {
    const expected = { code: "MODEL_UNSUPPORTED", message: expect.stringMatching(message) };
    await expect(load(withKeys(files, keys))).rejects.toMatchObject(expected);
  });

  it("is refused with other embeddings for a stack", async () => {
    const other = await withTensors(files, (tensors) => tensors.set("encoder.embed_tokens.weight", moved(shared)));
    const expected = { code: "MODEL_UNSUPPORTED", message: expect.stringMatching(/encoder\.embed_tokens/) };
    await expect(load(other)).rejects.toMatchObject(expected);
  });

  it.each([
    ["too few buckets", { relative_attention_num_buckets: 2 }],
    ["buckets beyond the greatest distance", { relative_attention_max_distance: 16 }],
    ["an unknown activation", { feed_forward_proj: "gated-mish", dense_act_fn: undefined, is_gated_act: undefined }],
  ])("is refused with %s", async (_, keys) => {
    await expect(load(withKeys(files, keys))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
