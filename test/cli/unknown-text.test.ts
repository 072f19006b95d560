import { describe, expect, it } from "vitest";
import { UnknownText } from "../../src/cli/unknown-text.ts";
import { blank } from "../../src/generate/translation.ts";

describe("what is said of the unknown", () => {
  const token = { id: 1, text: "<unk>", probability: 0.5, logProb: -0.7, top: [] };

  it("is each character once, and the first gap in a translation", () => {
    const unknown = new UnknownText();
    expect(unknown.note([blank], 1)).toEqual([]);
    expect(unknown.summary()).toEqual([]);
    const lacking = { ...blank, unknown: ["漢", "字"] };
    expect(unknown.note([lacking, blank], 2)).toEqual([
      "Line 2: the vocabulary has no token for 漢 字, which the model does not see.",
    ]);
    const gap = { ...blank, unknown: ["字", "Ω"], tokens: [token, { ...token, unknown: true }] };
    expect(unknown.note([gap], 3)).toEqual([
      "Line 3: the vocabulary has no token for Ω, which the model does not see.",
      "Line 3: the model chose the unknown token, which has no text. Further ones are not told.",
    ]);
    expect(unknown.note([gap], 4)).toEqual([]);
    expect(unknown.note([{ ...blank, tokens: [token] }], 5)).toEqual([]);
    expect(unknown.summary()).toEqual([
      "In 3 sources the vocabulary has no token for 漢 字 Ω, which the model does not see.",
      "In 2 translations the model chose the unknown token, which has no text.",
    ]);
  });

  it("is not more than can be read", () => {
    const many = Array.from({ length: 30 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    expect(new UnknownText().note([{ ...blank, unknown: many }], 1)).toEqual([
      `Line 1: the vocabulary has no token for ${many.slice(0, 20).join(" ")} … (30), which the model does not see.`,
    ]);
  });
});
