import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readDataSection, readRecipe } from "../../src/cli/config-file.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-config-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("a recipe's file", () => {
  it("is YAML, with paths from the folder that it lies in", async () => {
    const path = await written(
      "good.yaml",
      "# mine\ndata:\n  path: data/pairs.tsv\n  validation: { source: v.en, target: /abs/v.fr }\ntrain: { maxEpochs: 3 }\ntokenizer: { path: tok }\n",
    );
    const recipe = await readRecipe(path);
    expect(recipe.train.maxEpochs).toBe(3);
    expect(recipe.tokenizer.path).toBe(join(folder, "tok"));
    expect(recipe.data).toMatchObject({
      format: "tsv",
      path: join(folder, "data/pairs.tsv"),
      validation: { source: join(folder, "v.en"), target: "/abs/v.fr" },
    });
  });

  it("may be JSON, indented by tabs", async () => {
    const path = await written(
      "good.json",
      '{\n\t"data": {\n\t\t"corpus": "multi30k", "to": "de"\n\t},\n\t"train": { "maxSteps": 1 }\n}\n',
    );
    expect((await readRecipe(path)).train.maxSteps).toBe(1);
  });

  it("is refused with the line of every wrong key and value", async () => {
    const path = await written(
      "bad.yaml",
      "data: { corpus: multi30k, to: de }\n\ntrain:\n  maxEpochs: 3\n  optimizer:\n    beta2: 0.9\n    weightDecai: 0.1\n  schedule:\n    type: cosine\n",
    );
    await expect(readRecipe(path)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      path,
      line: 7,
      message:
        `${path}:7: train.optimizer.weightDecai: unknown key; did you mean "weightDecay"?\n` +
        `${path}:8: train.schedule.peak: missing; expected a number`,
    });
  });

  it("may be in UTF-16, and in no other character set than that and UTF-8", async () => {
    const text = "\uFEFFdata: { path: café.tsv }\ntrain: { maxSteps: 1 }\n";
    const wide = await written("wide.yaml", Buffer.from(text, "utf16le"));
    expect((await readRecipe(wide)).data).toMatchObject({ path: join(folder, "café.tsv") });
    const latin = await written("latin.yaml", Buffer.from(text.slice(1), "latin1"));
    await expect(readRecipe(latin)).rejects.toMatchObject({ code: "DATA_INVALID", path: latin, line: 1 });
  });

  it.each<[string, string, { code: string; line?: number }, RegExp]>([
    [
      "broken YAML",
      "a: 1\nb:\n  c: 2\n   d: 3\n",
      { code: "FORMAT_INVALID", line: 3 },
      /broken YAML\.yaml:3: Nested mappings/,
    ],
    [
      "a key given twice",
      "train:\n  seed: 1\n  seed: 2\n",
      { code: "FORMAT_INVALID", line: 3 },
      /:3: Map keys must be unique/,
    ],
    ["an anchor that is not there", "data: 1\ntrain: *none\n", { code: "FORMAT_INVALID" }, /Unresolved alias/],
    ["nothing in it", "# only words\n", { code: "CONFIG_INVALID" }, /is empty/],
    [
      "a corpus that every object has",
      "data: { corpus: toString }\n",
      { code: "CONFIG_INVALID", line: 1 },
      /found "toString"/,
    ],
    [
      "a corpus that is no text",
      "data: { corpus: { toString: 1 } }\n",
      { code: "CONFIG_INVALID" },
      /found \{"toString":1\}/,
    ],
    [
      "more tokens than a model may have",
      "data: { path: a.tsv }\ntrain: { maxSteps: 1 }\ntokenizer:\n  vocabSize: 9007199254740991\n",
      { code: "CONFIG_INVALID", line: 4 },
      /:4: tokenizer\.vocabSize: expected a number of at most 4194304, found 9007199254740991/,
    ],
    ["a value that holds itself", "data: &a { format: *a }\n", { code: "CONFIG_INVALID" }, /found an object/],
    ["a list that holds itself", "data: &a [*a]\n", { code: "CONFIG_INVALID" }, /tells what kind of data this is/],
    ["very many aliases", `a: &a [${"*a,".repeat(5000)}]\n`, { code: "FORMAT_INVALID" }, /more than 100 aliases/],
    ["values nested without end", `data: ${"[".repeat(20_000)}`, { code: "FORMAT_INVALID" }, /nested too deeply/],
    ["what is no recipe", "a: b\n".repeat(10_000), { code: "FORMAT_INVALID" }, /larger than 32 KiB/],
    [
      "text",
      "hello\n",
      { code: "CONFIG_INVALID", line: 1 },
      /:1: expected keys with values, found "hello"\nIf .* holds the pairs, name it in a recipe/,
    ],
  ])("with %s is refused", async (name, text, error, message) => {
    const path = await written(`${name}.yaml`, text);
    await expect(readRecipe(path)).rejects.toMatchObject({ ...error, path, message: expect.stringMatching(message) });
  });

  it("with a list for a key is refused without a warning", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    const path = await written("list-as-key.yaml", "? [a, b]\n: 1\n");
    await expect(readRecipe(path)).rejects.toMatchObject({ code: "CONFIG_INVALID", path });
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("that is missing is named", async () => {
    await expect(readRecipe(join(folder, "no.yaml"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });

  it("may be asked for its data alone", async () => {
    const path = await written("data.yaml", "data: { source: a.en, target: a.fr }\nmodle: wrong\n");
    expect(await readDataSection(path)).toEqual({ source: join(folder, "a.en"), target: join(folder, "a.fr") });
    await expect(readDataSection(await written("none.yaml", "train: {}\n"))).rejects.toThrow("no section `data`");
  });
});
