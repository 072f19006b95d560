import { describe, expect, it } from "vitest";
import { type FileContent, memoryFiles } from "../../src/hub/files.ts";
import { loadModel } from "../../src/hub/index.ts";
import { goldenCases, readJson } from "../models/golden.ts";
import { goldenFiles } from "../tasks/golden-files.ts";
import { heedError } from "./errors.ts";

/** A golden folder with other keys in its config.json. */
async function withKeys(name: string, keys: object) {
  const { files } = goldenFiles(name);
  const all = new Map<string, FileContent>();
  for (const file of await files.names!()) all.set(file, (await files.read(file))!);
  return memoryFiles(all.set("config.json", JSON.stringify({ ...readJson(name, "config.json"), ...keys })), "folder");
}

describe("the keys of a config.json", () => {
  it.each(goldenCases())("%s: all that Python writes are read, or listed as such that change nothing", async (name) => {
    const { unknownKeys } = await loadModel(goldenFiles(name).files);
    expect(unknownKeys).toEqual([]);
  });

  it.each(["gpt2", "llama", "bert", "t5", "bart"])("%s: those that nobody knows are told of", async (name) => {
    const files = await withKeys(name, { unsloth_version: "1.0", my_key: 3 });
    expect((await loadModel(files)).unknownKeys).toEqual(["unsloth_version", "my_key"]);
  });

  it.each([
    ["llama", { quantization_config: { bits: 4 } }, "quantization_config"],
    ["bert", { is_decoder: true }, "is_decoder"],
    ["gpt2", { add_cross_attention: true }, "add_cross_attention"],
    ["bert-masked", { pruned_heads: { 0: [1] } }, "pruned_heads"],
  ])("%s: %o is refused by name", async (name, keys, key) => {
    const { message } = await heedError(async () => loadModel(await withKeys(name, keys)), "MODEL_UNSUPPORTED");
    expect(message).toContain(`folder/config.json: ${key} is `);
  });
});
