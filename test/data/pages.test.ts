import { describe, expect, it } from "vitest";
import { pages, release } from "../../src/data/pages.ts";

describe("pages", () => {
  it("are zeros of the size asked for, and gone when released", () => {
    for (const bytes of [8, 2 ** 14, 2 ** 20 + 8]) {
      const numbers = new Uint32Array(pages(bytes));
      expect(numbers.byteLength).toBe(bytes);
      expect(numbers.every((number) => number === 0)).toBe(true);
      numbers.fill(7);
      release(numbers);
      expect(numbers.byteLength).toBe(bytes < 2 ** 14 ? bytes : 0);
    }
  });
});
