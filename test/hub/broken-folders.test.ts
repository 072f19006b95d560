import { describe, expect, it } from "vitest";
import { float32, TensorData } from "../../src/graph/tensor-data.ts";
import { heedError } from "./errors.ts";
import { filesOf, fixture, load, paddedTransformer, withKeys, withTensors } from "./models.ts";

const SHARED = "model.shared.weight";
const broken: [what: string, code: Parameters<typeof heedError>[1], files: () => unknown, message: string][] = [
  ["no config.json", "FILE_NOT_FOUND", () => new Map(), "There is no folder/config.json."],
  [
    "no model.safetensors",
    "FILE_NOT_FOUND",
    () => new Map([...fixture("decoding")].filter(([name]) => name !== "model.safetensors")),
    "There is no folder/model.safetensors.",
  ],
  ["no JSON", "FORMAT_INVALID", () => new Map([["config.json", "{"]]), "folder/config.json is not JSON"],
  ["no object", "FORMAT_INVALID", () => new Map([["config.json", "[]"]]), "folder/config.json is not a JSON object"],
  [
    "no UTF-8",
    "FORMAT_INVALID",
    () => new Map([["config.json", Uint8Array.of(255)]]),
    "folder/config.json is not JSON",
  ],
  [
    "another family",
    "MODEL_UNSUPPORTED",
    () => withKeys(fixture("decoding"), { model_type: "bloom" }),
    'folder/config.json is of the model_type "bloom". Heed opens: marian, pegasus, ',
  ],
  [
    "a family that is no text",
    "MODEL_UNSUPPORTED",
    () => withKeys(fixture("decoding"), { model_type: [{ toString: 1 }] }),
    'folder/config.json is of the model_type [{"toString":1}]. Heed opens:',
  ],
  [
    "two vocabularies, of which one is no number",
    "CONFIG_INVALID",
    () =>
      withKeys(fixture("decoding"), { decoder_vocab_size: { toString: 1 }, share_encoder_decoder_embeddings: false }),
    "folder/config.json: decoder_vocab_size: ",
  ],
  [
    "values that are nested without end",
    "FORMAT_INVALID",
    () => new Map([["config.json", `{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`]]),
    "folder/config.json is not JSON: it is nested deeper than 100 levels",
  ],
  [
    "no family",
    "MODEL_UNSUPPORTED",
    () => withKeys(fixture("decoding"), { model_type: undefined }),
    "folder/config.json names no model_type. Heed opens: marian, pegasus, ",
  ],
  [
    "a value of another type",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { d_model: "16" }),
    "folder/config.json: d_model: Invalid input: expected number",
  ],
  [
    "an unknown activation",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { activation_function: "gelu_newer" }),
    "folder/config.json: activation_function: Invalid option",
  ],
  [
    "no size of the vocabulary",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { vocab_size: undefined }),
    "folder/config.json: vocab_size:",
  ],
  [
    "values that do not fit each other",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { encoder_attention_heads: 3 }),
    "folder/config.json: encoder_attention_heads:",
  ],
  [
    "a missing tensor",
    "FORMAT_INVALID",
    () => withTensors(fixture("decoding"), (tensors) => tensors.delete("model.encoder.layers.1.fc1.weight")),
    'folder/model.safetensors lacks the tensor "model.encoder.layers.1.fc1.weight" of shape [32,16]',
  ],
  [
    "a missing table",
    "FORMAT_INVALID",
    () => withTensors(fixture("decoding"), (tensors) => tensors.delete(SHARED)),
    `folder/model.safetensors lacks the tensor "${SHARED}" of shape [41,16]`,
  ],
  [
    "a missing projection",
    "FORMAT_INVALID",
    () => withKeys(fixture("decoding"), { tie_word_embeddings: false }),
    'folder/model.safetensors lacks the tensor "lm_head.weight" of shape [41,16]',
  ],
  [
    "an extra tensor",
    "FORMAT_INVALID",
    () => withTensors(fixture("decoding"), (tensors) => tensors.set("more", float32([2], [1, 2]))),
    'folder/model.safetensors has the tensor "more" of shape [2], for which the config.json beside it has no place.',
  ],
  [
    "a layer more than the config says",
    "FORMAT_INVALID",
    () => withKeys(fixture("decoding"), { decoder_layers: 1 }),
    'folder/model.safetensors has the tensor "model.decoder.layers.1.',
  ],
  [
    "numbers beyond reason",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { max_position_embeddings: 1e12 }),
    "folder/config.json: max_position_embeddings: Too big: expected number to be <=65535",
  ],
  [
    "layers that are not there",
    "FORMAT_INVALID",
    () => withKeys(fixture("decoding"), { decoder_layers: 1000 }),
    "folder/model.safetensors has 86 tensors, too few for the 1002 layers",
  ],
  [
    "another shape",
    "SHAPE_MISMATCH",
    () => withKeys(fixture("decoding"), { encoder_ffn_dim: 64 }),
    'folder/model.safetensors: the tensor "model.encoder.layers.0.fc1.weight" has shape [32,16], where the config.json beside it asks for [64,16].',
  ],
  [
    "positions of another length",
    "SHAPE_MISMATCH",
    () => withKeys(fixture("pegasus-tied"), { max_position_embeddings: 60_000 }),
    "has shape [16,16], where the config.json beside it asks for [60000,16]",
  ],
  [
    "whole numbers for weights",
    "FORMAT_INVALID",
    () =>
      withTensors(fixture("decoding"), (tensors) => {
        tensors.set("model.encoder.layers.0.fc1.bias", new TensorData("int32", [32], new Int32Array(32)));
      }),
    'the tensor "model.encoder.layers.0.fc1.bias" is I32',
  ],
  [
    "a broken generation_config.json",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { num_beams: "4" }, "generation_config.json"),
    "folder/generation_config.json: num_beams:",
  ],
  [
    "a generation_config.json with a long list that is wrong",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { bad_words_ids: Array(1e5).fill(["x"]) }, "generation_config.json"),
    "folder/generation_config.json: bad_words_ids: expected a list of lists of ids.",
  ],
  [
    "a generation_config.json with an end that is none",
    "CONFIG_INVALID",
    () => withKeys(fixture("decoding"), { eos_token_id: [0, -1] }, "generation_config.json"),
    "folder/generation_config.json: eos_token_id: expected an id or a list of ids.",
  ],
  [
    "a broken tokenizer.json",
    "FORMAT_INVALID",
    () => new Map(fixture("decoding")).set("tokenizer.json", "<html>"),
    "folder/tokenizer.json is not JSON",
  ],
];

describe("a folder with", () => {
  it.each(broken)("%s is refused", async (_, code, files, message) => {
    const error = await heedError(async () => load((await files()) as Parameters<typeof load>[0]), code);
    expect(error.message).toContain(message);
    expect(error.path).toMatch(/^folder\//);
  });

  it("a key of a family's own is opened, also one that every object has", async () => {
    const { model } = await load(withKeys(fixture("decoding"), { constructor: 1, num_beams: 4 }));
    expect(model.config).not.toHaveProperty("constructor", 1);
  });

  it("a key that Heed does not know, where only Heed knows any, is refused", async () => {
    const files = await filesOf(paddedTransformer({ positionEmbeddings: "learned" }));
    const error = await heedError(() => load(withKeys(files, { rotary: true })), "CONFIG_INVALID");
    expect(error.message).toContain("rotary");
  });
});
