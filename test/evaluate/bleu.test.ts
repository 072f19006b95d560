import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { BleuAccumulator, type BleuOptions, bleu, sentenceBleu } from "../../src/evaluate/index.ts";
import { numbersClose, sacrebleu } from "./fixture.ts";

describe("bleu", () => {
  describe.each(Object.entries(sacrebleu.corpora))("of the corpus with %s", (name, corpus) => {
    it.each(sacrebleu.bleu.map((entry) => [JSON.stringify(entry.options), entry] as const))(
      "equals sacreBLEU with %s",
      (_, { options, name: metric, signatures, results }) => {
        const actual = bleu(corpus.hypotheses, corpus.references, options);
        expect(actual.name).toBe(metric);
        expect(actual.signature).toBe(signatures[corpus.referenceCount]);
        numbersClose(actual, results[name]!);
      },
    );
  });

  it("takes a settings-free call for 13a, mixed case, exponential smoothing", () => {
    expect(bleu(["a b c d"], [["a b c d"]])).toEqual({
      name: "BLEU",
      score: 100.00000000000004,
      signature: "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0",
      precisions: [100, 100, 100, 100],
      brevityPenalty: 1,
      hypothesisLength: 4,
      referenceLength: 4,
      counts: [4, 3, 2, 1],
      totals: [4, 3, 2, 1],
    });
  });

  it("takes undefined like null for a missing reference", () => {
    const { signature } = bleu(
      ["a", "b"],
      [
        ["a", undefined],
        [null, "b"],
      ],
    );
    expect(signature).toMatch(/^nrefs:1\|/);
  });

  it("can be gathered segment by segment, and asked in between", () => {
    const { hypotheses, references } = sacrebleu.corpora["two references"]!;
    const accumulator = new BleuAccumulator({ smoothMethod: "add-k" });
    for (const [index, hypothesis] of hypotheses.entries()) {
      accumulator.add(hypothesis, [references[0]![index], references[1]![index]]);
      accumulator.score();
    }
    expect(accumulator.score()).toEqual(bleu(hypotheses, references, { smoothMethod: "add-k" }));
  });
});

describe("sentenceBleu", () => {
  it("equals sacreBLEU sentence by sentence", () => {
    const { sentences } = sacrebleu;
    for (const [index, sentence] of sentences.entries()) {
      const next = sentences[(index + 1) % sentences.length];
      expect(sentenceBleu(sentence, [next]).score, sentence).toBeCloseTo(sacrebleu.sentenceBleu[index]!, 7);
    }
  });

  it("uses the effective order unless told not to", () => {
    expect(sentenceBleu("one two", ["one two"]).score).toBeCloseTo(100, 7);
    expect(sentenceBleu("one two", ["one two"]).signature).toContain("eff:yes");
    expect(sentenceBleu("one two", ["one two"], { effectiveOrder: false }).score).toBe(0);
  });
});

describe("bleu's errors", () => {
  const cases: [string, () => unknown, HeedError["code"], RegExp][] = [
    ["no hypotheses", () => bleu([], [[]]), "DATA_INVALID", /no hypotheses/],
    ["no reference sets", () => bleu(["a"], []), "DATA_INVALID", /no references/],
    ["a short set", () => bleu(["a", "b"], [["a", "b"], ["a"]]), "DATA_INVALID", /2 hypotheses.*set 2 has 1/],
    ["flat references", () => bleu(["a"], ["a"] as never), "DATA_INVALID", /set 1 is not an array/],
    ["no reference", () => bleu(["a", "b"], [["a", null]]), "DATA_INVALID", /Segment 2 has no reference/],
    ["a number", () => bleu([1 as never], [["a"]]), "DATA_INVALID", /Segment 1 has something other than a string/],
    ["nothing added", () => new BleuAccumulator().score(), "DATA_INVALID", /nothing to score/],
    [
      "tokenizer",
      () => bleu(["a"], [["a"]], { tokenize: "ja" } as never),
      "CONFIG_INVALID",
      /13a, intl, zh, char, none/,
    ],
    [
      "smoothing",
      () => bleu(["a"], [["a"]], { smoothMethod: "x" } as never),
      "CONFIG_INVALID",
      /exp, floor, add-k, none/,
    ],
    ["smoothing value", () => bleu(["a"], [["a"]], { smoothMethod: "floor", smoothValue: -1 }), "CONFIG_INVALID", /-1/],
    ["order", () => bleu(["a"], [["a"]], { maxNgramOrder: 0 }), "CONFIG_INVALID", /whole number from 1, not 0/],
  ];
  it.each(cases)("%s", (_, call, code, message) => {
    expect(call).toThrow(HeedError);
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it("name the line of a segment without reference", () => {
    expect(() => bleu(["a", "b"], [["a", null]])).toThrow(expect.objectContaining({ line: 2 }));
  });
});

describe("signature", () => {
  it.each([
    [0.125, "0.12"],
    [0.375, "0.38"],
    [0.625, "0.62"],
    [2.675, "2.67"],
    [1, "1.00"],
  ])("writes the smoothing value %d as Python does: %s", (smoothValue, text) => {
    const options: BleuOptions = { smoothMethod: "floor", smoothValue };
    expect(bleu(["a"], [["a"]], options).signature).toContain(`smooth:floor[${text}]`);
  });
});
