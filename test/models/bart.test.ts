import { describe, expect, it } from "vitest";
import { modelFiles } from "../../src/hub/model-folder.ts";
import { load, readFolder, tensorsOf } from "../hub/models.ts";
import { goldenCases, readJson } from "./golden.ts";
import { goldenContract } from "./golden-contract.ts";

const modelTypes = ["marian", "pegasus", "bart", "mbart", "m2m_100"];
goldenContract(...modelTypes);

const names = goldenCases((modelType) => modelTypes.includes(modelType)).filter((name) => !/-(bin|shards)$/.test(name));
/** Keys that change no numbers, or that generation_config.json says. */
const unwritten = [
  ...["encoder_layerdrop", "decoder_layerdrop", "init_std", "is_decoder", "use_cache", "transformers_version"],
  ...["bos_token_id", "forced_eos_token_id", "forced_bos_token_id", "classifier_dropout", "dtype"],
  ...["id2label", "label2id"],
];

describe("a folder that is saved again", () => {
  it.each(names)("%s: is of the same type, and holds the same tensors and keys", async (name) => {
    const url = new URL(`../fixtures/families/${name}/`, import.meta.url);
    const files = readFolder(url);
    const written = await modelFiles(await load(files));
    const [before, after] = [tensorsOf(files), tensorsOf(written)];
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    const original = readJson(name, "config.json");
    const json = JSON.parse(written.get("config.json") as string);
    for (const [key, value] of Object.entries(original)) {
      if (!unwritten.includes(key)) expect([key, json[key]]).toEqual([key, value]);
    }
  });
});
