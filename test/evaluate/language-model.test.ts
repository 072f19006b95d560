import { describe, expect, it } from "vitest";
import { perplexity, tokenAccuracy } from "../../src/evaluate/index.ts";

const invalid = expect.objectContaining({ name: "HeedError", code: "DATA_INVALID" });

describe("perplexity", () => {
  it("of a uniform guess among k tokens is k", () => {
    expect(perplexity(10 * Math.log(7), 10)).toBeCloseTo(7, 12);
  });

  it("of certainty is 1", () => {
    expect(perplexity(0, 3)).toBe(1);
  });

  it("refuses no tokens and sums that are none", () => {
    expect(() => perplexity(1, 0)).toThrow(invalid);
    expect(() => perplexity(Number.NaN, 1)).toThrow(invalid);
    expect(() => perplexity(-1, 1)).toThrow(invalid);
  });
});

describe("tokenAccuracy", () => {
  it("leaves out labels of -100, even where the prediction is -100", () => {
    const predictions = Int32Array.of(5, 6, 7, -100);
    expect(tokenAccuracy(predictions, [5, -100, 8, -100])).toEqual({ accuracy: 0.5, correct: 1, total: 2 });
  });

  it("refuses unequal lengths and labels that all are ignored", () => {
    expect(() => tokenAccuracy([1], [1, 2])).toThrow(invalid);
    expect(() => tokenAccuracy([1], [-100])).toThrow(invalid);
  });
});
