import { describe, expect, it } from "vitest";
import { WordCounts } from "../../src/text/word-counts.ts";

describe("WordCounts", () => {
  it("counts all words below its bound", () => {
    const words = new WordCounts(3);
    for (const word of ["a", "b", "a", "c", "a"]) words.add(word);
    expect(words.due).toBe(false);
    expect([...words.counts]).toEqual([
      ["a", 3],
      ["b", 1],
      ["c", 1],
    ]);
  });

  it("keeps its bound on a text that never repeats itself, and the words that are frequent in it", async () => {
    const words = new WordCounts(100);
    let most = 0;
    for (let i = 0; i < 5000; i++) {
      words.add(`${i}`);
      if (i % 10 === 0) words.add("often");
      if (words.due) await words.forgetRarest();
      most = Math.max(most, words.counts.size);
    }
    expect(most).toBeLessThanOrEqual(101);
    expect(words.counts.get("often")).toBe(500);
  });

  it("makes room also where no word is rare", async () => {
    const words = new WordCounts(4);
    for (const word of "abcdeabcdeab") words.add(word);
    await words.forgetRarest();
    expect([...words.counts]).toEqual([
      ["a", 3],
      ["b", 3],
    ]);
  });
});
