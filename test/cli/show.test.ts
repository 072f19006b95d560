import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate, plural } from "../../src/cli/format.ts";
import { shellWord } from "../../src/cli/shell.ts";
import { bar } from "../../src/cli/show/bar.ts";
import { columns, displayWidth } from "../../src/cli/show/columns.ts";
import { fold } from "../../src/cli/show/fold.ts";
import {
  cutShortText,
  exampleText,
  languageName,
  nextSteps,
  openingText,
  resultText,
} from "../../src/cli/show/quickstart-report.ts";
import { tokenTable } from "../../src/cli/show/token-table.ts";
import { compilerMessageLanguages } from "../../src/data/corpora/languages.ts";
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

  it("shows as many other tokens as there is room for", () => {
    const others = ["▁La", "▁L'", "▁Un"].map((text, i) => ({ id: 2 + i, text, probability: 0.1, logProb: 0 }));
    const tokens = [token("▁Le", 0.5, { top: [{ id: 1, text: "▁Le", probability: 0.5, logProb: 0 }, ...others] })];
    const row = "▁Le    ████     0.500";
    expect(tokenTable(tokens)[1]).toBe(`${row}  ▁La 0.100  ▁L' 0.100  ▁Un 0.100`);
    expect(tokenTable(tokens, 54)[1]).toBe(`${row}  ▁La 0.100  ▁L' 0.100  ▁Un 0.100`);
    expect(tokenTable(tokens, 53)[1]).toBe(`${row}  ▁La 0.100  ▁L' 0.100`);
    expect(tokenTable(tokens, 31)).toEqual(["token  probability", row]);
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

describe("a text in lines", () => {
  it.each<[string, number, string[]]>([
    ["is broken between words", 8, ["is", "broken", "between", "words"]],
    ["one-word-that-is-longer stays", 8, ["one-word-that-is-longer", "stays"]],
    ["  keeps its indentation", 12, ["  keeps its", "indentation"]],
    ["类型“x”不能赋值，因为它是常量。", 12, ["类型“x”不能", "赋值，因为它", "是常量。"]],
    ["형식을 할당할 수 없습니다", 10, ["형식을", "할당할 수", "없습니다"]],
    ["as it\nwas", 8, ["as it", "was"]],
    ["Go on with it: npx heed train runs/x --resume", 20, ["Go on with it:", "npx heed train runs/x --resume"]],
    ['In that folder: python3 -c "from a import b"', 20, ["In that folder:", 'python3 -c "from a import b"']],
    ["What may be built is built: npm run build", 16, ["What may be", "built is built:", "npm run build"]],
  ])("%s", (text, width, expected) => {
    expect(fold(text, width)).toEqual(expected);
  });
});

describe("a quickstart", () => {
  const languages = compilerMessageLanguages.filter((language) => language !== "en");
  const tooWide = (text: string) => text.split("\n").filter((line) => displayWidth(line) > 80);
  const result = {
    ...{ bleu: 50.05, signature: "nrefs:1|case:mixed|eff:no|tok:ja-mecab|smooth:exp|version:2.6.0", steps: 825 },
    ...{ from: "en", trainSeconds: 600, totalSeconds: 700, tokensPerSecond: 122_309, epochs: 15, device: "webgpu" },
    ...{ parameters: 11_181_696, seed: 1, splitSizes: { train: 1814, validation: 100, test: 200 } },
  };

  it.each(languages)("fits 80 columns, whatever is learned: %s", (to) => {
    const folder = `runs/quickstart-${to}`;
    const layer = "decoder.layers.1.crossAttention.pattern";
    const long = "Une expression d'accès à un élément doit accepter un argument, ".repeat(3);
    const chinese = "要素アクセス式では、引数を取る必要があります。".repeat(3);
    const translation = {
      text: long,
      score: 0,
      sourceTokens: [],
      unknown: [],
      inBytes: [],
      finished: true,
      tokens: [],
    };
    const stream = new PassThrough();
    for (const text of [
      openingText(to),
      resultText({ ...result, to }, folder),
      cutShortText({ maxSeconds: 180, maxEpochs: 15 }, { epoch: 12 }),
      exampleText([{ source: long, target: chinese, translation }], { layer, to, stream }),
      nextSteps({ folder, run: "npx heed quickstart", to }),
      nextSteps({ folder, run: "npm start --", to }),
    ]) {
      expect(tooWide(text)).toEqual([]);
    }
  });

  it("continues a long text below its beginning", () => {
    const tokens = [{ id: 1, text: "▁Le", probability: 0.5, logProb: 0, top: [] }];
    const translation = {
      text: "Le chat dort.",
      score: 0,
      sourceTokens: [],
      unknown: [],
      inBytes: [],
      finished: true,
      tokens,
    };
    const stream = Object.assign(new PassThrough(), { columns: 20 });
    const text = exampleText([{ source: "The cat.", target: "Le chat !", translation }], {
      layer: "x",
      to: "fr",
      stream,
    });
    expect(text).toContain("\nEnglish    The cat.\nFrench     Le chat\n           dort.\nby people  Le chat !\n");
  });
});

describe("the end of a quickstart", () => {
  const stream = new PassThrough();
  const translation = { text: "Le chat.", score: 0, sourceTokens: [], unknown: [], inBytes: [], finished: true };
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
