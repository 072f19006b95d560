import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { displayWidth } from "../../src/cli/show/columns.ts";
import { heed } from "./memory-io.ts";

let folder: string;
const file = (name: string) => join(folder, name);
const read = (name: string) => readFile(file(name), "utf8");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-data-"));
  await writeFile(
    file("pairs.tsv"),
    "one cat\tun chat\none cat\tun chat\ntwo\t\nsame\tsame\nthree dogs\ttrois chiens\n",
  );
  await writeFile(file("a.en"), "one\ntwo\nthree\n");
  await writeFile(file("a.fr"), "un\ndeux\ntrois\n");
  await writeFile(file("short.fr"), "un\n");
  await writeFile(file("fra.txt"), "Go.\tVa !\tCC-BY 2.0\nHi.\tSalut !\tCC-BY 2.0\n");
  await writeFile(file("en.json"), JSON.stringify({ one: "One", two: "Two" }, undefined, 2));
  await writeFile(
    file("recipe.yaml"),
    "data: { path: pairs.tsv, filter: { dropIdentical: true, maxLength: 99 } }\ntrain: { maxSteps: 1 }\n",
  );
});

afterAll(() => rm(folder, { recursive: true }));

describe("heed data inspect", () => {
  it("reports for people", async () => {
    const { code, out, err } = await heed(["data", "inspect", file("pairs.tsv")]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("train: 5 pairs, 4 distinct source sentences\n");
    expect(out).toMatch(/an empty side +1 +20\.0%\n +line 3: two → \n/);
    expect(out).toMatch(/duplicates +1 +20\.0%\n +line 2: one cat → un chat\n/);
  });

  it("shows the beginnings of long examples, so that a line fits 80 columns in any script", async () => {
    const [english, chinese] = ["An element access expression. ".repeat(5), "元素访问表达式应接受一个参数。".repeat(9)];
    await writeFile(file("long.tsv"), `${english}\t${chinese}\n`.repeat(2));
    const { out } = await heed(["data", "inspect", file("long.tsv")]);
    expect(out).toContain("line 2: An element access expression. A… → 元素访问表达式应接受一个参数。…\n");
    expect(out.split("\n").filter((line) => displayWidth(line) > 80)).toEqual([]);
  });

  it("shows control characters as pictures", async () => {
    await writeFile(file("controls.tsv"), "a\rb\tc\r\nd\0\te\u007f\nf\tg\n");
    const { out } = await heed(["data", "inspect", file("controls.tsv")]);
    expect(out).toMatch(/control characters +2 +66\.7%\n +line 1: a␍b → c\n +line 2: d␀ → e␡\n/);
  });

  it("reports for programs, of two files as well", async () => {
    const { out } = await heed(["data", "inspect", file("a.en"), file("a.fr"), "--json"]);
    expect(JSON.parse(out).train).toMatchObject({ pairs: 3, source: { max: 5 } });
  });

  it("finds out the format of a file with another ending", async () => {
    const { code, out } = await heed(["data", "inspect", file("fra.txt"), "--from", "en", "--to", "fr"]);
    expect(code).toBe(0);
    expect(out).toContain("train: 2 pairs, 2 distinct source sentences\n");
  });

  it("takes the data of a recipe, and a corpus", async () => {
    expect((await heed(["data", "inspect", "--config", file("recipe.yaml")])).out).toContain("5 pairs");
    expect((await heed(["data", "inspect", "--corpus", "compiler-messages", "--to", "fr"])).out).toContain(
      "2,114 pairs",
    );
  });

  it.each<[string, string[], string]>([
    ["a file that is not there", ["nope.tsv"], "There is no file"],
    ["files that do not belong together", ["a.en", "short.fr"], "has 3 lines"],
    [
      "a file of an unknown kind",
      ["recipe.yaml"],
      "recipe.yaml is: neither its ending nor its beginning says so. Name",
    ],
    ["two catalogues of JSON", ["en.json", "en.json"], "en.json is JSON, not one sentence a line. Join both files"],
  ])("names what is wrong with %s", async (_, names, message) => {
    const { code, out, err } = await heed(["data", "inspect", ...names.map(file)]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(message);
  });
});

describe("heed data clean", () => {
  it("writes what is worth keeping and counts the rest", async () => {
    const { code, out } = await heed([
      "data",
      "clean",
      file("pairs.tsv"),
      "--output",
      file("clean.tsv"),
      "--drop-identical",
    ]);
    expect(code).toBe(0);
    expect(await read("clean.tsv")).toBe("one cat\tun chat\nthree dogs\ttrois chiens\n");
    expect(out).toMatch(/^read +5\nkept +2\nempty +1\n/);
  });

  it("takes filters from the flags before those of a recipe, and writes two files", async () => {
    const output = ["--output", file("clean.en"), file("clean.fr")];
    const filters = ["--keep-duplicates", "--max-length", "8"];
    const { out } = await heed(["data", "clean", "--config", file("recipe.yaml"), ...output, ...filters, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ kept: 2, tooLong: 1, identical: 1, duplicate: 0 });
    expect(await read("clean.fr")).toBe("un chat\nun chat\n");
  });

  it("refuses one file for both sides", async () => {
    const { code, err } = await heed(["data", "clean", file("pairs.tsv"), "--output", file("o.a"), file("o.a")]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("names one file twice") });
  });

  it("never overwrites its input", async () => {
    const { code, err } = await heed(["data", "clean", file("pairs.tsv"), "--output", file("pairs.tsv")]);
    expect(code).toBe(1);
    expect(err).toContain("will not be overwritten");
  });
});

describe("heed data split", () => {
  it("writes the parts", async () => {
    const { code, out } = await heed([
      "data",
      "split",
      file("a.en"),
      file("a.fr"),
      "--test",
      "1",
      "--out-dir",
      file("parts"),
      "--json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ train: 2, validation: 0, test: 1 });
    const lines = [...(await read("parts/train.tsv")).split("\n"), ...(await read("parts/test.tsv")).split("\n")];
    expect(lines.filter(Boolean).sort()).toEqual(["one\tun", "three\ttrois", "two\tdeux"]);
  });

  it("takes shares, and names files by their languages", async () => {
    const flags = [
      "--validation",
      "34%",
      "--layout",
      "parallel",
      "--from",
      "en",
      "--to",
      "fr",
      "--out-dir",
      file("sides"),
    ];
    const { out } = await heed(["data", "split", file("a.en"), file("a.fr"), ...flags]);
    expect(out).toMatch(/^train +2\nvalidation +1\ntest +0\n$/);
    expect((await read("sides/validation.en")).split("\n")).toHaveLength(2);
  });

  it("needs to be told what to hold out", async () => {
    const { code, err } = await heed(["data", "split", file("a.en"), file("a.fr"), "--out-dir", file("none")]);
    expect(code).toBe(2);
    expect(err).toContain("Say how much to hold out");
  });
});
