import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../src/hub/files.ts";
import { readPooling } from "../../src/hub/pooling.ts";

const read = (files: Readonly<Record<string, unknown>>) =>
  readPooling(
    memoryFiles(new Map(Object.entries(files).map(([name, content]) => [name, JSON.stringify(content)])), "folder"),
  );

const module = (kind: string, path: string) => ({ type: `sentence_transformers.models.${kind}`, path });
const modules = [module("Transformer", ""), module("Pooling", "1_Pooling")];
const pooled = (config: unknown, more: object = {}) =>
  read({ "modules.json": modules, "1_Pooling/config.json": config, ...more });

describe("readPooling", () => {
  it("takes the mean where a folder says nothing", async () => {
    const expected = { pooling: { modes: ["mean"], normalize: false }, lowercase: false, prompt: "" };
    expect(await read({})).toEqual(expected);
    expect(await pooled({ word_embedding_dimension: 8 })).toEqual(expected);
  });

  it("reads the keys of old folders and of new ones", async () => {
    const modes = async (config: unknown) => (await pooled(config)).pooling.modes;
    expect(await modes({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false })).toEqual(["cls"]);
    expect(await modes({ pooling_mode_mean_tokens: true, pooling_mode_cls_token: true })).toEqual(["cls", "mean"]);
    expect(await modes({ pooling_mode_lasttoken: true })).toEqual(["lasttoken"]);
    expect(await modes({ pooling_mode: "weightedmean", pooling_mode_cls_token: true })).toEqual(["weightedmean"]);
    expect(await modes({ pooling_mode: ["max", "mean"] })).toEqual(["max", "mean"]);
  });

  it("reads what comes behind, and what is done to texts", async () => {
    const type = "sentence_transformers.base.modules.normalize.Normalize";
    const found = await pooled(
      { pooling_mode: "cls" },
      {
        "modules.json": [...modules, { type, path: "2_Normalize" }],
        "sentence_bert_config.json": { max_seq_length: 128, do_lower_case: true },
        "config_sentence_transformers.json": { prompts: { query: "query: " }, default_prompt_name: "query" },
      },
    );
    expect(found).toEqual({
      pooling: { modes: ["cls"], normalize: true },
      maxSequenceLength: 128,
      lowercase: true,
      prompt: "query: ",
    });
  });

  it.each([
    ["a module that Heed does not have", { "modules.json": [...modules, module("CNN", "2_CNN")] }, /CNN/],
    ["an order that it does not have", { "modules.json": modules.toReversed() }, /in this order/],
    ["no pooling", { "modules.json": modules.slice(0, 1) }, /names Transformer, which/],
    ["a model elsewhere", { "modules.json": [module("Transformer", "0_BERT"), modules[1]] }, /"0_BERT"/],
    ["an unknown mode", { "modules.json": modules, "1_Pooling/config.json": { pooling_mode: "median" } }, /"median"/],
    ["a mode that is none", { "modules.json": modules, "1_Pooling/config.json": { pooling_mode: 3 } }, /is 3, which/],
    [
      "a prompt that is not pooled",
      {
        "modules.json": modules,
        "1_Pooling/config.json": { include_prompt: false },
        "config_sentence_transformers.json": { prompts: { q: "q: " }, default_prompt_name: "q" },
      },
      /without a prompt/,
    ],
  ])("refuses %s", async (_, files, message) => {
    await expect(read(files)).rejects.toMatchObject({
      code: "MODEL_UNSUPPORTED",
      message: expect.stringMatching(message),
    });
  });

  it.each([{}, [], [3], [{ type: "Pooling" }], "x", null])("refuses modules.json with %j", async (content) => {
    await expect(read({ "modules.json": content })).rejects.toMatchObject({
      code: "FORMAT_INVALID",
      message: expect.stringContaining("folder/modules.json"),
    });
  });
});
