import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countClippedMatches, countNgrams } from "../../src/evaluate/ngrams.ts";

/** The definition, by counting strings. */
function countPlainly(hypothesis: number[], references: number[][], order: number): number {
  const ngrams = (sequence: number[]) =>
    sequence.slice(order - 1).map((_, start) => sequence.slice(start, start + order).join(" "));
  const occurrences = (all: string[], ngram: string) => all.filter((other) => other === ngram).length;
  const own = ngrams(hypothesis);
  let matches = 0;
  for (const ngram of new Set(own)) {
    const most = Math.max(0, ...references.map((reference) => occurrences(ngrams(reference), ngram)));
    matches += Math.min(occurrences(own, ngram), most);
  }
  return matches;
}

describe("countClippedMatches", () => {
  const sequence = fc.array(fc.nat({ max: 2 }), { maxLength: 12 });

  it("counts what the definition counts", () => {
    fc.assert(
      fc.property(sequence, fc.array(sequence, { maxLength: 3 }), (hypothesis, references) => {
        const expected = [1, 2, 3, 4].map((order) => countPlainly(hypothesis, references, order));
        expect(countClippedMatches(hypothesis, references, 4, 3)).toEqual(expected);
      }),
    );
  });

  it("stays exact where trie keys exceed 32 bits", () => {
    const long = Array.from({ length: 5000 }, (_, i) => 0x10ffff - (i % 3000));
    expect(countClippedMatches(long, [long], 3, 0x110000)).toEqual([5000, 4999, 4998]);
  });
});

describe("countNgrams", () => {
  it("has none of an order longer than the sequence", () => {
    expect(countNgrams(2, 4)).toEqual([2, 1, 0, 0]);
    expect(countNgrams(0, 2)).toEqual([0, 0]);
  });
});
