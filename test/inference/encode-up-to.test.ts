import { describe, expect, it } from "vitest";
import { encodeUpTo } from "../../src/inference/encode-up-to.ts";

describe("encoding of no more than shows that a text is too long", () => {
  /** A token for each letter; spaces are none. */
  function letters(longest: number, text: string) {
    const seen: number[] = [];
    const encode = (part: string) => {
      seen.push(part.length);
      return Int32Array.from(
        [...part].filter((letter) => letter !== " "),
        () => 1,
      );
    };
    return { length: encodeUpTo(encode, text, longest).length, seen };
  }

  it("leaves the end of a text aside that is too long by far", () => {
    expect(letters(4, "x".repeat(1_000_000))).toEqual({ length: 256, seen: [256] });
  });

  it("cuts no word in two that may be one token as a whole", () => {
    const encode = (text: string) =>
      Int32Array.from(text.split(" ").flatMap((word) => (word.length === 100 ? [1] : [...word].map(() => 2))));
    const text = Array.from({ length: 30 }, () => "x".repeat(100)).join(" ");
    expect(encodeUpTo(encode, text, 32)).toEqual(encode(text));
  });

  it("encodes all others whole", () => {
    expect(letters(4, "x".repeat(256))).toEqual({ length: 256, seen: [256] });
    expect(letters(4, "xxx")).toEqual({ length: 3, seen: [3] });
    expect(letters(4, `${" ".repeat(2000)}xxxxx`)).toEqual({ length: 5, seen: [256, 1024, 2005] });
  });
});
