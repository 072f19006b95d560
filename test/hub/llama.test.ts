import { describe, expect, it } from "vitest";
import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import { type FileContent, memoryFiles } from "../../src/hub/files.ts";
import { loadModel, modelFiles } from "../../src/hub/index.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { type LlamaConfig, llama } from "../../src/models/llama/index.ts";
import { randomModel } from "../generate/models.ts";
import { goldenFolder } from "../models/golden.ts";
import { heedError } from "./errors.ts";
import { readFolder, tensorsOf, withKeys, withTensors } from "./models.ts";

const golden = (name: string) => readFolder(new URL(`file://${goldenFolder}${name}/`));
const open = async (files: Map<string, FileContent>) => (await loadModel(memoryFiles(files, "folder"))).model;
const configOf = async (name: string, changes: object = {}) =>
  (await open(withKeys(golden(name), changes))).config as LlamaConfig;
const refusal = (name: string, changes: object, code: "MODEL_UNSUPPORTED" | "CONFIG_INVALID") =>
  heedError(() => configOf(name, changes), code);

const small = {
  vocabSize: 9,
  hiddenSize: 8,
  numAttentionHeads: 2,
  intermediateSize: 8,
  numHiddenLayers: 2,
  padTokenId: 0,
};
const made = (config: object) => randomModel(llama as unknown as ModelFamily, { ...small, ...config });
const writtenType = async (config: object) => {
  const files = await modelFiles({ model: made(config) });
  return JSON.parse(files.get("config.json") as string).model_type as string;
};

describe("models built like Llama are saved", () => {
  const window = { slidingWindow: 3, layerTypes: ["sliding_attention", "full_attention"] };
  const everywhere = { slidingWindow: 3, layerTypes: ["sliding_attention", "sliding_attention"] };
  const gemma = { useQkNorm: true, normalizeAfter: true, zeroCenteredNorms: true, scaleEmbedding: true };

  it.each([
    ["llama", {}],
    ["llama", { attentionBias: true, attentionOutputBias: true, mlpBias: true }],
    ["mistral", everywhere],
    ["qwen2", { attentionBias: true }],
    ["qwen2", { attentionBias: true, ...window }],
    ["qwen3", { useQkNorm: true }],
    ["qwen3", { useQkNorm: true, attentionBias: true, attentionOutputBias: true, ...window }],
    ["smollm3", { noRopeLayers: [1, 0] }],
    ["smollm3", { ...window, mlpBias: true }],
    ["gemma3_text", { ...gemma, ...window, finalLogitSoftcapping: 2, queryPreAttnScalar: 5 }],
    ["gemma3_text", gemma],
  ])("as %s, whose Python class computes %o", async (modelType, config) => {
    expect(await writtenType(config)).toBe(modelType);
    const model = made(config);
    const again = await open(await modelFiles({ model }));
    expect(again.parameters).toEqual(model.parameters);
    expect(again.config).toMatchObject(config);
  });

  it.each([
    { scaleEmbedding: true },
    { ...gemma, mlpBias: true },
    { ...gemma, head: "tokenClass" },
    { attentionOutputBias: true },
  ])("or not at all, where no Python class computes %o", async (config) => {
    await heedError(() => modelFiles({ model: made(config) }), "MODEL_UNSUPPORTED");
  });
});

describe("a config.json of a model built like Llama", () => {
  it("may hold keys that its class does not read", async () => {
    const stray = {
      sliding_window: 3,
      layer_types: ["sliding_attention", "sliding_attention"],
      no_rope_layers: [0, 0],
      use_qk_norm: true,
      scale_embedding: true,
      attention_output_bias: true,
      query_pre_attn_scalar: 3,
      partial_rotary_factor: 0.5,
      pretraining_tp: 2,
    };
    expect(await configOf("llama", stray)).toEqual(await configOf("llama"));
    expect(await configOf("qwen2", { sliding_window: 3, max_window_layers: 0 })).toEqual(await configOf("qwen2"));
    expect(await configOf("gemma3_text", { attn_logit_softcapping: 2 })).toEqual(await configOf("gemma3_text"));
  });

  it("tells of rotary positions in the old way or in the new one", async () => {
    const scaling = { factor: 4, original_max_position_embeddings: 8 };
    const expected = { ropeType: "yarn", ropeTheta: 7, factor: 4, originalMaxPositionEmbeddings: 8, truncate: true };
    const rope_parameters = { ...scaling, rope_type: "yarn", rope_theta: 7 };
    expect((await configOf("llama", { rope_parameters })).ropeParameters).toMatchObject(expected);
    for (const name of ["type", "rope_type"]) {
      const old = {
        rope_parameters: undefined,
        rope_theta: 7,
        rope_scaling: { ...scaling, [name]: "yarn", mrope: [1] },
      };
      expect((await configOf("llama", old)).ropeParameters).toMatchObject(expected);
    }
    const derived = {
      rope_parameters: { rope_type: "yarn", rope_theta: 7, factor: null },
      max_position_embeddings: 32,
    };
    const ropes = [{}, { original_max_position_embeddings: 8 }].map(async (outside) => {
      return (await configOf("llama", { ...derived, ...outside })).ropeParameters;
    });
    expect(await ropes[0]).toMatchObject({ factor: 1, originalMaxPositionEmbeddings: 32 });
    expect(await ropes[1]).toMatchObject({ factor: 4, originalMaxPositionEmbeddings: 8 });
  });

  it("that asks for what is not computed is refused by name", async () => {
    const rope_parameters = { rope_type: "longrope", rope_theta: 7, short_factor: [1], long_factor: [2] };
    const { message } = await refusal("llama", { rope_parameters }, "MODEL_UNSUPPORTED");
    expect(message).toContain('rope_type is "longrope"');
    const both = await refusal("gemma3_text", { use_bidirectional_attention: true }, "MODEL_UNSUPPORTED");
    expect(both.message).toContain("use_bidirectional_attention");
    const types = await refusal("qwen3", { layer_types: ["chunked_attention", "full_attention"] }, "CONFIG_INVALID");
    expect(types.message).toContain("layer_types");
  });

  it.each([
    ["llama", { rope_parameters: { rope_type: "linear", rope_theta: 7 } }, "factor"],
    ["llama", { num_key_value_heads: 3 }, "num_key_value_heads"],
    ["llama", { head_dim: 5 }, "head_dim"],
    ["llama", { hidden_size: "wide", head_dim: null }, "hidden_size"],
    ["mistral", { num_hidden_layers: 1e9 }, "num_hidden_layers"],
    ["mistral", { sliding_window: -4 }, "sliding_window"],
    ["qwen2", { layer_types: ["sliding_attention", "full_attention"] }, "sliding_window"],
    ["qwen3", { use_sliding_window: true, layer_types: ["sliding_attention"] }, "layer_types"],
    ["smollm3", { no_rope_layers: [1] }, "no_rope_layers"],
    ["smollm3", { no_rope_layers: "none" }, "no_rope_layers"],
  ])("%s with %o is refused: it names %s", async (name, changes, key) => {
    const { message } = await refusal(name, changes, "CONFIG_INVALID");
    expect(message).toContain(key);
  });

  it("has a class for spans that calls the model otherwise, and may come without a head's names", async () => {
    const files = golden("llama-question-answering");
    expect([...tensorsOf(files).keys()]).toContain("transformer.norm.weight");
    const bare = await withTensors(files, (tensors) => {
      for (const [name, tensor] of [...tensors].filter(([name]) => name.startsWith("transformer."))) {
        tensors.delete(name);
        tensors.set(name.replace("transformer.", ""), tensor);
      }
    });
    expect((await open(bare)).parameters).toEqual((await open(files)).parameters);
  });

  it("that ties embeddings to the output is believed where the file has one table, or two that are equal", async () => {
    const files = golden("llama-tied");
    const model = await open(files);
    const renamed = (change: (numbers: Float32Array) => Float32Array, keeps: boolean) =>
      withTensors(files, (tensors) => {
        const { shape, data } = tensors.get("model.embed_tokens.weight") as TensorData<"float32">;
        tensors.set("lm_head.weight", float32(shape, change(data)));
        if (!keeps) tensors.delete("model.embed_tokens.weight");
      });
    const same = (numbers: Float32Array) => numbers;
    expect((await open(await renamed(same, true))).parameters).toEqual(model.parameters);
    expect((await open(await renamed(same, false))).parameters).toEqual(model.parameters);
    const { config, parameters } = await open(await renamed((numbers) => numbers.map((x) => 2 * x), true));
    expect(config).toMatchObject({ tieWordEmbeddings: false });
    const [table, output] = [parameters.get("embedding.tokens")!, parameters.get("output.weight")!];
    expect(output.shape).toEqual(table.shape.toReversed());
    expect(output.data[3 * table.shape[0]! + 5]).toBe(2 * table.data[5 * table.shape[1]! + 3]!);
  });
});
