import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { learnBpe } from "../../src/text/index.ts";
import { loadTokenizer } from "../../src/text/tokenizer-files.ts";
import { witness } from "./witness.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-text-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("tokenizer files", () => {
  it("hold a tokenizer", async () => {
    const tokenizer = await learnBpe(witness.corpus, { kind: "wordBoundary", vocabSize: 450 });
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer.toJSON()));
    await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify(tokenizer.configJSON()));
    const again = await loadTokenizer(folder);
    expect(again.toJSON()).toEqual(tokenizer.toJSON());
    expect(again.configJSON()).toEqual(tokenizer.configJSON());
    expect(again.encode("warm bread")).toEqual(tokenizer.encode("warm bread"));
  });

  it("do without a tokenizer_config.json", async () => {
    await writeFile(join(folder, "tokenizer.json"), '{"model": {"type": "WordLevel", "vocab": {"a": 0}}}');
    expect((await loadTokenizer(folder)).vocabSize).toBe(1);
  });

  it("must be there", async () => {
    const path = join(folder, "tokenizer.json");
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: "FILE_NOT_FOUND", path });
    await mkdir(path);
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: "FILE_UNREADABLE", path });
  });

  it.each([
    [["source.spm", "vocab.json"], "source.spm: a tokenizer of Marian's, of which Python's transformers makes no"],
    [["spiece.model"], "spiece.model: a tokenizer. To save it as tokenizer.json, with Python's transformers and"],
    [["vocab.json", "merges.txt"], "AutoTokenizer as T; T.from_pretrained('.').save_pretrained('.')\""],
    [["README.md"], "A folder that Heed translates with holds a tokenizer.json, too."],
  ])("say of %s what would open them", async (names, advice) => {
    for (const name of names) await writeFile(join(folder, name), "");
    await expect(loadTokenizer(folder)).rejects.toThrow(`There is no ${join(folder, "tokenizer.json")}. `);
    await expect(loadTokenizer(folder)).rejects.toThrow(advice);
  });

  it("must be JSON, and what they claim to be", async () => {
    const path = join(folder, "tokenizer.json");
    await writeFile(path, '{\n  "model": {\n    "vocab" {}\n');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: "FORMAT_INVALID", path, line: 3 });
    await writeFile(path, '{"model": ');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: "FORMAT_INVALID", path, message: /whole/ });
    for (const content of ["[1]", '{"model": "\xff"}', `{"model": ${"[".repeat(1e6)}${"]".repeat(1e6)}}`]) {
      await writeFile(path, content, "latin1");
      await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: "FORMAT_INVALID", path });
    }
  });
});
