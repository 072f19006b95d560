import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { ChrfAccumulator, chrf, sentenceChrf } from "../../src/evaluate/index.ts";
import { numbersClose, sacrebleu } from "./fixture.ts";

describe("chrf", () => {
  describe.each(Object.entries(sacrebleu.corpora))("of the corpus with %s", (name, corpus) => {
    it.each(sacrebleu.chrf.map((entry) => [JSON.stringify(entry.options), entry] as const))(
      "equals sacreBLEU with %s",
      (_, { options, name: metric, signatures, results }) => {
        const actual = chrf(corpus.hypotheses, corpus.references, options);
        expect(actual.name).toBe(metric);
        expect(actual.signature).toBe(signatures[corpus.referenceCount]);
        numbersClose(actual, results[name]!);
      },
    );
  });

  it("takes a settings-free call for chrF2 without words", () => {
    expect(chrf(["a b c d e f"], [["abcdef"]])).toEqual({
      name: "chrF2",
      score: 100,
      signature: "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0",
    });
  });

  it("counts code points, not UTF-16 units", () => {
    expect(chrf(["😀"], [["😁"]]).score).toBe(0);
  });

  it("can be gathered segment by segment", () => {
    const { hypotheses, references } = sacrebleu.corpora["two references"]!;
    const accumulator = new ChrfAccumulator({ wordOrder: 2 });
    for (const [index, hypothesis] of hypotheses.entries()) {
      accumulator.add(hypothesis, [references[0]![index], references[1]![index]]);
    }
    expect(accumulator.score()).toEqual(chrf(hypotheses, references, { wordOrder: 2 }));
  });
});

describe("sentenceChrf", () => {
  it("equals sacreBLEU's chrF++ sentence by sentence", () => {
    const { sentences } = sacrebleu;
    for (const [index, sentence] of sentences.entries()) {
      const next = sentences[(index + 1) % sentences.length];
      const { score } = sentenceChrf(sentence, [next], { wordOrder: 2 });
      expect(score, sentence).toBeCloseTo(sacrebleu.sentenceChrf[index]!, 7);
    }
  });
});

describe("chrf's errors", () => {
  const cases: [string, () => unknown, HeedError["code"], RegExp][] = [
    ["no hypotheses", () => chrf([], [[]]), "DATA_INVALID", /no hypotheses/],
    ["a long set", () => chrf(["a"], [["a", "b"]]), "DATA_INVALID", /1 hypotheses.*set 1 has 2/],
    ["no reference", () => chrf(["a"], [[null]]), "DATA_INVALID", /Segment 1 has no reference/],
    ["nothing added", () => new ChrfAccumulator().score(), "DATA_INVALID", /nothing to score/],
    ["no orders", () => chrf(["a"], [["a"]], { charOrder: 0 }), "CONFIG_INVALID", /not 0 and 0/],
    ["half an order", () => chrf(["a"], [["a"]], { wordOrder: 1.5 }), "CONFIG_INVALID", /not 6 and 1.5/],
    ["beta", () => chrf(["a"], [["a"]], { beta: 0 }), "CONFIG_INVALID", /above 0, not 0/],
  ];
  it.each(cases)("%s", (_, call, code, message) => {
    expect(call).toThrow(HeedError);
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
