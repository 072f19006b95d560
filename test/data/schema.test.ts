import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { dataSchemas, dataSpecSchema, openCorpus, parseDataSpec } from "../../src/data/index.ts";
import { failure, temporaryFolder } from "./helpers.ts";

const defaults = { filter: { deduplicate: true, dropIdentical: false } };

describe("parseDataSpec", () => {
  it("tells the kind from the keys, the ending, or what is said", () => {
    const kinds = [
      [{ source: "a.en", target: "a.fr" }, "parallel"],
      [{ path: "a.tsv.gz" }, "tsv"],
      [{ path: "a.NDJSON" }, "jsonl"],
      [{ path: "fr.po" }, "po"],
      [{ path: "fr.mo" }, "mo"],
      [{ path: "memory.tmx", from: "en", to: "fr" }, "tmx"],
      [{ path: "a.txt", format: "tsv" }, "tsv"],
      [{ path: "a.txt", sourceField: "en" }, undefined],
    ] as const;
    for (const [spec, format] of kinds) {
      expect(Reflect.get(parseDataSpec(spec), "format")).toBe(format);
    }
  });

  it("reads well in YAML, and fills in defaults", () => {
    const yaml = `
      source: train.en
      target: train.fr
      filter: { maxLength: 200, maxRatio: 3 }
      split: { validation: 200, test: 2% }`;
    expect(parseDataSpec(parse(yaml))).toEqual({
      format: "parallel",
      source: "train.en",
      target: "train.fr",
      filter: { ...defaults.filter, maxLength: 200, maxRatio: 3 },
      split: { validation: 200, test: "2%" },
    });
    expect(parseDataSpec({ corpus: "compiler-messages", to: "fr" })).toMatchObject({ from: "en", ...defaults });
    expect(parseDataSpec({ corpus: "multi30k", to: "de" }).filter.deduplicate).toBe(false);
  });

  it("names each wrong key, of the kind that was meant", async () => {
    const problems = async (spec: unknown) => (await failure("CONFIG_INVALID", () => parseDataSpec(spec))).message;
    expect(await problems({ path: "a.tsv", sourceColumm: 3 })).toBe("data.sourceColumm: does not go with the others");
    expect(await problems({ path: "a.tsv", filter: { maxLength: "long" }, split: { test: 0.5 } })).toMatch(
      /^data\.filter\.maxLength: .*\ndata\.split\.test: .*2%/,
    );
    expect(await problems({ path: "a.tsv", split: { test: "100%" } })).toMatch("data.split.test");
    for (const to of ["../../out", "fr/x", "f", ".fr", "fr "]) {
      expect(await problems({ path: "a.tsv", to })).toMatch("data.to: must be a language tag, such as en, fr or zh-cn");
    }
    expect(await problems({ path: "a.bin", sourceFeild: "en" })).toMatch(
      "data.sourceFeild: does not go with the others",
    );
    expect(await problems({ path: "a.bin", format: "text" })).toMatch(/set `format`/);
    expect(await problems(undefined)).toMatch(/set `format`/);
    expect(await problems({ corpus: "multi31k" })).toMatch(/one of parallel, .*, multi30k/);
    expect(await problems({ corpus: "multi30k", to: "en" })).toMatch("data.to: `from` and `to` are the same language");
    expect(await problems({ path: "a.tmx" })).toMatch(/data\.from: .*\ndata\.to: /);
    expect(await problems({ path: "a.tsv", test: { path: "b.tsv", filter: {} } })).toMatch(
      "data.test.filter: does not go with the others",
    );
    const both = { path: "a.tsv", split: { test: 3 }, test: { path: "b.tsv" } };
    expect(await problems(both)).toMatch(/data\.split\.test: Choose between/);
  });

  it("is a part of larger schemas, and describes every field", () => {
    const config = z.strictObject({ data: dataSpecSchema });
    const result = config.safeParse({ data: { path: "a.tsv", x: 1 } });
    expect(result.error?.issues[0]).toMatchObject({ code: "unrecognized_keys", path: ["data"] });
    for (const [kind, schema] of Object.entries(dataSchemas)) {
      for (const [key, field] of Object.entries(schema.shape)) {
        if (key !== "corpus")
          expect(z.globalRegistry.get(field as z.ZodType)?.description, `${kind}.${key}`).toBeTruthy();
      }
    }
  });
});

describe("openCorpus", () => {
  it("takes validation and test from files of their own, as they are", async () => {
    const baseDir = temporaryFolder();
    writeFileSync(join(baseDir, "train.tsv"), "a\tb\na\tb\nc\td\n");
    writeFileSync(join(baseDir, "val.en"), "x\nx\n");
    writeFileSync(join(baseDir, "val.fr"), "y\ny\n");
    const spec = { path: "train.tsv", validation: { source: "val.en", target: "val.fr" }, split: { test: 1 } };
    await using data = await openCorpus(spec, { baseDir });
    expect([data.train.size, data.validation?.size, data.test?.size]).toEqual([1, 2, 1]);
    await failure("FILE_NOT_FOUND", () => openCorpus({ path: "none.tsv" }, { baseDir }));
  });

  it("filters in the given unit of length", async () => {
    const baseDir = temporaryFolder();
    writeFileSync(join(baseDir, "train.tsv"), "a b c\td\na\tlooooong\n");
    const length = (text: string) => text.split(" ").length;
    await using data = await openCorpus({ path: "train.tsv", filter: { maxLength: 2 } }, { baseDir, length });
    expect(await data.train.read([0])).toEqual([{ source: "a", target: "looooong" }]);
  });
});
