import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate, plural } from "../../src/cli/format.ts";
import { shellWord } from "../../src/cli/shell.ts";
import { bar } from "../../src/cli/show/bar.ts";
import { columns, displayWidth } from "../../src/cli/show/columns.ts";
import { exampleText, languageName, nextSteps } from "../../src/cli/show/quickstart-report.ts";
import { tokenTable } from "../../src/cli/show/token-table.ts";
import type { TranslationToken } from "../../src/generate/translation.ts";

describe("numbers for people", () => {
  it.each([
    [formatCount(1234567.8), "1,234,568"],
    [plural(1, "pair"), "1 pair"],
    [plural(2114, "pair"), "2,114 pairs"],
    [formatDuration(7.4), "0:07"],
    [formatDuration(754), "12:34"],
    [formatDuration(3723), "1:02:03"],
    [formatPercent(0.4567), "45.7%"],
    [formatBytes(512), "512 B"],
    [formatBytes(1_234_567), "1.2 MB"],
    [formatRate(0.0012345), "0.00123"],
    [formatRate(0), "0"],
    [languageName("fr"), "French"],
    [languageName("pt-br"), "Brazilian Portuguese"],
  ])("%s", (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe("a word for a shell", () => {
  it.each([
    ["runs/quickstart", "runs/quickstart"],
    ["my runs/x", '"my runs/x"'],
    ['a"$b', '"a\\"\\$b"'],
  ])("%s", (word, expected) => {
    expect(shellWord(word)).toBe(expected);
  });
});

describe("a bar", () => {
  it.each([
    [0, "    "],
    [1, "████"],
    [0.5, "██  "],
    [0.5 + 3 / 32, "██▍ "],
    [2, "████"],
    [-1, "    "],
  ])("of %s", (share, expected) => {
    expect(bar(share, 4)).toBe(expected);
  });
});

describe("columns", () => {
  it("are aligned by what a terminal shows, two columns for a Chinese character and none for an accent", () => {
    expect(displayWidth("类型 e\u0301")).toBe(6);
    expect(
      columns([
        ["类型", "x"],
        ["type", "y"],
        ["e\u0301", "z"],
      ]),
    ).toEqual(["类型  x", "type  y", "e\u0301     z"]);
  });

  it("may stand at the right", () => {
    expect(
      columns(
        [
          ["a", "1"],
          ["bb", "200"],
        ],
        [1],
      ),
    ).toEqual(["a     1", "bb  200"]);
  });
});

describe("a table of tokens", () => {
  const token = (text: string, probability: number, more: Partial<TranslationToken> = {}): TranslationToken => ({
    id: 1,
    text,
    probability,
    logProb: Math.log(probability),
    top: [],
    ...more,
  });

  it("has a row for each token, under a heading", () => {
    expect(tokenTable([token("▁Le", 0.5), token(".", 1)])).toEqual([
      "token  probability",
      "▁Le    ████     0.500",
      ".      ████████ 1.000",
    ]);
  });

  it("tells what was looked at, and which other tokens were likely", () => {
    const weights = Float32Array.of(0.25, 0.75);
    const attention = { index: 1, text: "▁the", weight: 0.75, weights };
    const top = [
      { id: 1, text: "▁Le", probability: 0.5, logProb: 0 },
      { id: 2, text: "▁La", probability: 0.25, logProb: 0 },
    ];
    expect(tokenTable([token("▁Le", 0.5, { attention, top })])).toEqual([
      "token  probability     looks at  attention       else",
      "▁Le    ████     0.500  ▁the      ██████   0.750  ▁La 0.250",
    ]);
  });

  it("marks what the vocabulary cannot write", () => {
    const top = [{ id: 3, text: "[UNK]", unknown: true, probability: 0.25, logProb: 0 }];
    const attention = { index: 0, text: "[UNK]", unknown: true, weight: 0.75, weights: Float32Array.of(0.75) };
    const [, row] = tokenTable([{ ...token("[UNK]", 0.5, { attention, top }), unknown: true }]);
    expect(row).toBe("[UNK] (unknown)  ████     0.500  [UNK] (unknown)  ██████   0.750  [UNK] (unknown) 0.250");
  });

  it("of no tokens is but a heading", () => {
    expect(tokenTable([])).toEqual([""]);
  });
});

describe("the end of a quickstart", () => {
  const stream = new PassThrough();
  const translation = { text: "Le chat.", score: 0, sourceTokens: [], unknown: [], finished: true };
  const tokens = [{ id: 1, text: "▁Le", probability: 0.5, logProb: 0, top: [] }];

  it("shows translations beside those by people, without colour where there is no terminal", () => {
    const example = { source: "The cat.", target: "Le chat !", translation: { ...translation, tokens } };
    const text = exampleText([example], { layer: "decoder.layers.1.crossAttention.pattern", to: "fr", stream });
    expect(text).toContain(
      "\nEnglish    The cat.\nFrench     Le chat.\nby people  Le chat !\n  token  probability\n  ▁Le    ████     0.500",
    );
    expect(text).toContain("(by decoder.layers.1.crossAttention.pattern,\naveraged over the heads");
    expect(text).not.toContain("\u001b");
  });

  it("says what to try next", () => {
    const text = nextSteps({ folder: "runs/quickstart", run: "npm start --", to: "fr" });
    for (const step of ["npx heed translate --model runs/quickstart", "npm start -- --to zh-cn", "multi30k-en-de"]) {
      expect(text).toContain(step);
    }
    expect(nextSteps({ folder: "x", run: "npm start --", to: "zh-cn" })).toContain("npm start -- --to fr");
  });
});
