import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HeedError } from "../../src/error.ts";
import { formatOfFolder } from "../../src/hub/formats.ts";

const read = (name: string) => readFileSync(join(import.meta.dirname, "..", "..", name), "utf8");
const [english, chinese] = [read("README.md"), read("README.zh-CN.md")];

/** Code between fences. */
const blocks = (text: string) => [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, , code]) => code!);

/** The numbers of the items that begin with these words, in order of size. A Chinese 万 is ten thousand, an M a million. */
function figures(text: string, first: string, last: string): number[] {
  const items = text.slice(text.indexOf(`- **${first}`), text.indexOf(`\n\n`, text.indexOf(`- **${last}`)));
  return [...items.replace(/\(https[^)]*\)/g, "").matchAll(/(\d+(?:\.\d+)?)( ?万|M)?/g)]
    .map(([, digits, unit]) => Number(digits) * (unit === undefined ? 1 : unit === "M" ? 1e6 : 1e4))
    .sort((a, b) => a - b);
}

/** The model types in a table that links each family in `src/models`. */
function tabledTypes(text: string): string[] {
  const rows = [...text.matchAll(/^\| \[[^|]*\]\([^|]*src\/models\/\w+\/model\.ts\) *\|([^|]*)\|/gm)];
  return rows.flatMap(([, cell]) => [...cell!.matchAll(/`([\w-]+)`/g)].map(([, type]) => type!)).sort();
}

/** The model types of Hugging Face's that Heed opens, as it says itself. */
function openedTypes(): string[] {
  try {
    formatOfFolder({ model_type: "none" }, "config.json");
  } catch (error) {
    const [, list] = /Heed opens: ([^.]*)\./.exec((error as HeedError).message)!;
    return list!
      .split(", ")
      .filter((type) => type !== "heed-transformer")
      .sort();
  }
  throw new Error("A model type that nobody has was opened.");
}

describe("the READMEs", () => {
  it("and the page of folders have the model types that are opened, and no others", () => {
    for (const text of [english, chinese, read("docs/checkpoints.md")]) {
      expect(tabledTypes(text)).toEqual(openedTypes());
    }
  });

  it("give the same figures", () => {
    const found = figures(english, "training", "quality");
    expect(found).toContain(2.6e6);
    expect(figures(chinese, "训练", "质量")).toEqual(found);
  });

  it("show the same quickstart", () => {
    const [, shown] = blocks(english);
    expect(shown).toContain("BLEU");
    expect(blocks(chinese)[1]).toBe(shown);
  });

  it("in Chinese breaks no line within a sentence, for a break is shown as a gap between characters", () => {
    const lines = chinese.replace(/^```[\s\S]*?^```$/gm, "").split("\n");
    const isProse = (line = "") => line !== "" && !/^[#|]/.test(line);
    const broken = lines.filter((line, i) => isProse(line) && !line.startsWith("- ") && isProse(lines[i - 1]));
    expect(broken).toEqual([]);
  });
});
