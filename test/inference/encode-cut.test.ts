import { describe, expect, it } from "vitest";
import { encodeCut } from "../../src/inference/encode-cut.ts";

/** One token for each character, between 1 and 2, 3. */
const around = {
  encode(text: string, { addSpecialTokens = true }: { addSpecialTokens?: boolean | undefined } = {}) {
    const inner = [...text].map((character) => character.codePointAt(0)!);
    return Int32Array.from(addSpecialTokens ? [1, ...inner, 2, 3] : inner);
  },
};
const cut = (text: string, longest: number) => [...encodeCut(around, text, longest)];

describe("encodeCut", () => {
  it("leaves a text that fits as it is", () => {
    expect(cut("bc", 5)).toEqual([1, 98, 99, 2, 3]);
    expect(cut("", 3)).toEqual([1, 2, 3]);
  });

  it("cuts the text, and keeps what stands around it", () => {
    expect(cut("bcdef", 6)).toEqual([1, 98, 99, 100, 2, 3]);
    expect(cut("bcdef", 3)).toEqual([1, 2, 3]);
  });

  it("never gives more than was asked for", () => {
    expect(cut("bcdef", 2)).toEqual([1, 2]);
    expect(cut("bc".repeat(1_000_000), 4)).toEqual([1, 98, 2, 3]);
  });
});
