import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { learnBpe } from "../../src/text/index.ts";
import { loadTokenizer } from "../../src/text/tokenizer-files.ts";
import { witness } from "./witness.ts";

const fixtures = (name: string) => join(import.meta.dirname, "..", "fixtures", "tokenizer-folders", name);

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

  it("are told where there are none", async () => {
    await writeFile(join(folder, "README.md"), "");
    const message = `There is no ${join(folder, "tokenizer.json")}. Text needs a tokenizer beside the model`;
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
  });

  it("may be others than a tokenizer.json", async () => {
    const bert = await loadTokenizer(fixtures("bert"));
    expect(bert.tokens(bert.encode("bread"))).toEqual(["[CLS]", "bread", "[SEP]"]);
  });

  it("are refused where there are two tokenizers", async () => {
    const path = fixtures("marian");
    await expect(loadTokenizer(path)).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED", path });
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
