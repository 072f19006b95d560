import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heed } from "./memory-io.ts";

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-score-"));
  const files = {
    "hypothesis.txt": "The cat sat on the mat today.\nA dog barks.\n",
    "reference.txt": "The cat sat on the mat.\nA dog is barking.\n",
    "other.txt": "THE CAT SAT ON A MAT.\nA dog barks.\n",
    "one.txt": "The cat\n",
    "chinese.txt": "猫坐在垫子上。\n一只狗在叫。\n",
    "empty.txt": "",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text);
  await writeFile(file("latin1.txt"), Buffer.from("The cat\nd\xe9j\xe0 vu\n", "latin1"));
});

afterAll(() => rm(folder, { recursive: true }));

const score = (hypothesis: string, references: string[], ...more: string[]) =>
  heed(["score", "--hypothesis", file(hypothesis), "--reference", ...references.map(file), ...more]);

describe("heed score", () => {
  // Scores by sacreBLEU 2.6.0 on the command line: `sacrebleu reference.txt -i hypothesis.txt -m bleu chrf -w 4`.
  it.each<[string, string[], string]>([
    ["BLEU", [], "BLEU 59.46 nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"],
    ["chrF", ["--metric", "chrf"], "chrF2 66.00 nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0"],
    ["chrF++", ["--metric", "chrf++"], "chrF2++ 67.42 nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0"],
    [
      "BLEU of characters, without case",
      ["--tokenize", "char", "--lowercase"],
      "BLEU 69.54 nrefs:1|case:lc|eff:no|tok:char|smooth:exp|version:2.6.0",
    ],
  ])("prints name, score and signature of %s", async (_, flags, line) => {
    expect(await score("hypothesis.txt", ["reference.txt"], ...flags)).toEqual({ code: 0, out: `${line}\n`, err: "" });
  });

  it("says that 13a does not suit Chinese references", async () => {
    const { code, out, err } = await score("chinese.txt", ["chinese.txt"]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("tok:13a") });
    expect(err).toBe("The references look Chinese, which BLEU does not split well by 13a. Give --tokenize zh.\n");
    for (const flags of [
      ["--tokenize", "zh"],
      ["--tokenize", "13a"],
      ["--metric", "chrf"],
    ]) {
      expect((await score("chinese.txt", ["chinese.txt"], ...flags)).err).toBe("");
    }
  });

  it("takes several references and prints JSON", async () => {
    const { code, out } = await score("hypothesis.txt", ["reference.txt", "other.txt"], "--json");
    expect(code).toBe(0);
    expect(out.split("\n")).toHaveLength(2);
    const { name, score: value, signature } = JSON.parse(out);
    expect({ name, score: value.toFixed(4), signature }).toEqual({
      name: "BLEU",
      score: "77.8158",
      signature: "nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0",
    });
  });

  it.each<[string, string, string, string]>([
    ["a missing file", "hypothesis.txt", "nope.txt", "There is no file"],
    ["an empty file", "empty.txt", "reference.txt", "empty.txt is empty"],
    ["unequal numbers of lines", "hypothesis.txt", "one.txt", "has 2 lines, but"],
    ["broken UTF-8", "latin1.txt", "reference.txt", "latin1.txt, line 2: the text is not valid UTF-8"],
  ])("names the file with %s", async (_, hypothesis, reference, message) => {
    const { code, out, err } = await score(hypothesis, [reference]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(message);
  });
});
