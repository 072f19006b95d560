import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { memoryFiles } from "../../src/hub/files.ts";
import { encodeSafetensors, loadModel, modelFiles, parseSafetensors } from "../../src/hub/index.ts";
import { openModel } from "../../src/hub/node.ts";
import { inspect } from "../../src/inspect/index.ts";
import type { Model } from "../../src/models/model.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { type Golden, goldenFolder, readGolden, readJson } from "./golden.ts";
import { goldenContract } from "./golden-contract.ts";
import { furthest } from "./numbers.ts";

goldenContract("bert", "roberta", "xlm-roberta", "distilbert", "modernbert");

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const feeds = ({ inputs }: Golden): Readonly<Record<string, TensorData>> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, rows]) => [name, int32([rows.length, rows[0]!.length], rows.flat())]),
  );

/** A folder of the fixtures with another config, and tensors under other names or beside them. */
async function changed(
  name: string,
  config: Readonly<Record<string, unknown>>,
  rename: (name: string) => string = (same) => same,
  more: ReadonlyMap<string, TensorData> = new Map(),
): Promise<Model> {
  const { tensors } = parseSafetensors(await readFile(join(goldenFolder, name, "model.safetensors")), name);
  const renamed = [...tensors].map(([key, tensor]) => [rename(key), tensor.readFloat32(name)] as const);
  const files = new Map<string, string | Uint8Array>([
    ["config.json", JSON.stringify({ ...readJson(name, "config.json"), ...config })],
    ["model.safetensors", await encodeSafetensors(new Map([...renamed, ...more]))],
  ]);
  return (await loadModel(memoryFiles(files, "folder"))).model;
}

describe("the pooler of a model without a head", () => {
  it.each(["bert", "roberta"])("can be looked at: %s", async (name) => {
    const golden = readGolden(name);
    const { model } = await openModel(join(goldenFolder, name));
    const found = (await inspect(model, runtime, feeds(golden), ["pooler"])).get("pooler")!;
    expect(found.shape).toEqual(golden.output.shape);
    expect(furthest(found.data as Float32Array, golden.output.data)).toBeLessThan(1e-5);
  });

  it("is where its file has it, and stays when it is saved", async () => {
    const { model } = await openModel(join(goldenFolder, "bert"));
    expect(model.config).toMatchObject({ head: "states", addPoolingLayer: true });
    const again = await loadModel(memoryFiles(await modelFiles({ model }), "again"));
    expect(again.model.parameters.get("pooler.bias")).toEqual(model.parameters.get("pooler.bias"));
    const without = await changed("bert-masked", { architectures: ["BertModel"] });
    expect(without.config).toMatchObject({ head: "states", addPoolingLayer: false });
    expect([...without.parameters.keys()].filter((key) => key.startsWith("pooler"))).toEqual([]);
  });
});

describe("files of other times", () => {
  it("name norms as TensorFlow did, and hold buffers", async () => {
    const { model } = await openModel(join(goldenFolder, "bert"));
    const old = (name: string) => name.replace(/Norm\.weight$/, "Norm.gamma").replace(/Norm\.bias$/, "Norm.beta");
    const buffer = new Map([
      [
        "embeddings.position_ids",
        int32(
          [1, 32],
          Array.from({ length: 32 }, (_, i) => i),
        ),
      ],
    ]);
    expect(await changed("bert", {}, old, buffer)).toEqual(model);
  });

  it("repeat the tied projection, and have a head that is not opened", async () => {
    const { model } = await openModel(join(goldenFolder, "bert-pretraining"));
    const { parameters } = model;
    const more = new Map<string, TensorData>([
      ["cls.predictions.decoder.weight", parameters.get("embedding.tokens")!],
      ["cls.predictions.decoder.bias", parameters.get("prediction.output.bias")!],
    ]);
    const repeated = await changed("bert-pretraining", { architectures: ["BertForMaskedLM"] }, undefined, more);
    expect(repeated).toEqual(model);
    const states = await changed("bert-pretraining", { architectures: ["BertModel"] });
    expect([...states.parameters.keys()]).toContain("pooler.weight");
    expect([...states.parameters.keys()].filter((key) => key.startsWith("prediction"))).toEqual([]);
  });

  it("tell of the layers and angles of ModernBERT in other keys", async () => {
    const { model } = await openModel(join(goldenFolder, "modernbert"));
    const old = { layer_types: null, rope_parameters: null, global_rope_theta: 160_000, local_rope_theta: 10_000 };
    const { config } = await changed("modernbert", old);
    expect(config).toEqual({ ...model.config, layerTypes: undefined });
    expect(config).toMatchObject({ globalAttnEveryNLayers: 2 });
    const stretched = await changed("modernbert", { ...old, rope_scaling: { type: "linear", factor: 2 } });
    expect(stretched.config).toMatchObject({ ropeParameters: { slidingAttention: { ropeType: "linear", factor: 2 } } });
  });
});

describe("what RoBERTa's table of positions has beside positions", () => {
  it("is no part of the longest sequence", async () => {
    const { model } = await openModel(join(goldenFolder, "roberta"));
    expect(model.config).toMatchObject({ maxPositionEmbeddings: 30, padTokenId: 1 });
    const saved = JSON.parse((await modelFiles({ model })).get("config.json") as string);
    expect(saved).toMatchObject({ model_type: "roberta", max_position_embeddings: 32 });
  });
});

describe("configs that are refused", () => {
  it.each([
    ["bert", { is_decoder: true }, "MODEL_UNSUPPORTED", /is_decoder is true/],
    [
      "bert",
      { position_embedding_type: "relative_key" },
      "MODEL_UNSUPPORTED",
      /position_embedding_type is "relative_key"/,
    ],
    ["bert", { architectures: ["BertLMHeadModel"] }, "MODEL_UNSUPPORTED", /BertForPreTraining/],
    ["bert", { hidden_act: "mish" }, "CONFIG_INVALID", /hidden_act/],
    ["bert", { num_attention_heads: 3 }, "CONFIG_INVALID", /expected a divisor of hiddenSize \(16\)/],
    ["roberta", { max_position_embeddings: 2 }, "CONFIG_INVALID", /max_position_embeddings/],
    ["roberta", { pad_token_id: "x" }, "CONFIG_INVALID", /pad_token_id/],
    ["distilbert", { dim: "wide" }, "CONFIG_INVALID", /hidden_size/],
    ["modernbert", { layer_types: ["full_attention"] }, "CONFIG_INVALID", /numHiddenLayers \(3\), found 1/],
    ["modernbert", { layer_types: ["full", "full", "full"] }, "CONFIG_INVALID", /layer_types/],
    ["modernbert", { num_attention_heads: 16 }, "CONFIG_INVALID", /even width/],
    ["modernbert", { head_dim: 8 }, "MODEL_UNSUPPORTED", /head_dim is 8/],
    ["modernbert", { rope_parameters: { full_attention: 3 } }, undefined, /./],
  ])("%s with %j", async (name, config, code, message) => {
    const opening = changed(name, config);
    if (code === undefined) return expect((await opening).family.modelType).toBe(name);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
