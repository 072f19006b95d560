import { existsSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectPairs, normalizeText, type Pair, PairFilter, TempFileSpill } from "../../src/data/index.ts";
import { TextStore } from "../../src/data/text-store.ts";
import { blocksOf, failure, temporaryFolder } from "./helpers.ts";

const text = fc.string({ unit: "grapheme", maxLength: 30 });
const somePairs = fc.array(fc.record({ source: text, target: text }), { minLength: 1, maxLength: 60 });

describe("TextStore", () => {
  it("gives back every pair, whether it lies in memory, in the file or in both", async () => {
    const numbers = fc.array(fc.nat(59), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(somePairs, numbers, fc.nat(500), async (pairs, wanted, limit) => {
        const folder = temporaryFolder();
        const store = new TextStore(new TempFileSpill(folder), 2 ** 16 + limit);
        for (const { source, target } of pairs) {
          store.append(source, target);
          if (store.due) await store.flush();
        }
        const all = pairs.map((_, i) => i);
        expect(await store.read(all)).toEqual(pairs);
        expect(await store.read(all.slice(3))).toEqual(pairs.slice(3));
        const indices = wanted.filter((i) => i < pairs.length);
        expect(await store.read(indices)).toEqual(indices.map((i) => pairs[i]));
        await store.dispose();
        expect(readdirSync(folder)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe("collectPairs", () => {
  it("keeps the first of equal pairs, normalised, without empty sides, in order", async () => {
    const letter = fc.constantFrom("a", "b", " a", "b\n", "", "é", "e\u0301");
    const pairs = fc.array(fc.record({ source: letter, target: letter }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(pairs, async (given) => {
        await using corpus = await collectPairs(blocksOf(given, 7));
        const clean = given.map((pair) => `${normalizeText(pair.source)}|${normalizeText(pair.target)}`);
        const expected = [...new Set(clean)].filter((pair) => !/^\||\|$/.test(pair));
        const found: string[] = [];
        for await (const block of corpus.pairs())
          found.push(...block.map(({ source, target }) => `${source}|${target}`));
        expect(found).toEqual(expected);
        const { read, kept, empty, duplicate } = corpus.report;
        expect([read, kept]).toEqual([given.length, expected.length]);
        expect(empty + duplicate).toBe(read - kept);
      }),
    );
  });

  it("reads subsets of subsets", async () => {
    const pairs = Array.from({ length: 30 }, (_, i): Pair => ({ source: `s${i}`, target: `t${i}` }));
    await using corpus = await collectPairs(blocksOf(pairs));
    const subset = corpus.subset((i) => i >= 20 || i === 3).subset((i) => i <= 1);
    expect(await subset.read([1, 0])).toEqual([pairs[20], pairs[3]]);
    await failure("INPUT_INVALID", () => subset.read([2]));
    await failure("INPUT_INVALID", () => subset.read([-1]));
  });

  it("removes its temporary file when it is disposed, and when reading fails", async () => {
    const folder = temporaryFolder();
    const long = "x".repeat(1000);
    async function* pairs(count: number, fails: boolean) {
      for (let i = 0; i < count; i++) yield [{ source: `${i} ${long}`, target: long, line: i + 1 }];
      if (fails) throw new Error("broken");
    }
    const corpus = await collectPairs(pairs(12_000, false), { spill: new TempFileSpill(folder) });
    // Elsewhere it has lost its name already, so that a killed process leaves nothing.
    expect(readdirSync(folder).length).toBe(process.platform === "win32" ? 1 : 0);
    expect((await corpus.read([11_999, 0])).map(({ source }) => source.split(" ")[0])).toEqual(["11999", "0"]);
    await corpus.dispose();
    expect(readdirSync(folder)).toEqual([]);
    await failure("INPUT_INVALID", () => corpus.read([0]));
    await expect(collectPairs(pairs(12_000, true), { spill: new TempFileSpill(folder) })).rejects.toThrow("broken");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says so when the folder for temporary files cannot be written", async () => {
    const folder = `${temporaryFolder()}/missing`;
    const pair = { source: "x".repeat(2 ** 20), target: "y", line: 1 };
    async function* pairs() {
      for (let i = 0; i < 20; i++) yield [{ ...pair, target: `${i}` }];
    }
    const error = await failure("FILE_UNWRITABLE", () => collectPairs(pairs(), { spill: new TempFileSpill(folder) }));
    expect(error.message).toMatch(folder);
    expect(existsSync(folder)).toBe(false);
  });
});

describe("PairFilter", () => {
  it("counts each reason", () => {
    const filter = new PairFilter({ minLength: 2, maxLength: 10, maxRatio: 3, dropIdentical: true });
    const pairs = [
      ["good", "bon"],
      ["", "x"],
      ["x", "xx"],
      ["abcdefghijk", "abcdefghij"],
      ["ab", "abcdefg"],
      ["ab", "abcdef"],
      ["same", "same"],
      ["good", "bon"],
      ["good", "bons"],
    ] as const;
    const kept = pairs.filter(([source, target]) => filter.accepts(source, target));
    expect(kept).toEqual([pairs[0], pairs[5], pairs[8]]);
    const one = { empty: 1, tooShort: 1, tooLong: 1, ratio: 1, identical: 1, duplicate: 1 };
    expect(filter.report).toEqual({ read: 9, kept: 3, ...one });
  });

  it("measures in the given unit, and tells sides apart", () => {
    const words = (sentence: string) => sentence.split(" ").length;
    const filter = new PairFilter({ maxLength: 2 }, words);
    expect(filter.accepts("a very", "looooooong word")).toBe(true);
    expect(filter.accepts("a b c", "d")).toBe(false);
    expect(filter.accepts("ab", "c")).toBe(true);
    expect(filter.accepts("a", "bc")).toBe(true);
    expect(filter.accepts("a b", "c")).toBe(true);
    expect(filter.accepts("a", "b c")).toBe(true);
    expect(new PairFilter({ deduplicate: false }).accepts("a", "b")).toBe(true);
  });
});
