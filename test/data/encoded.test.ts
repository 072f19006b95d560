import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectPairs, encodeCorpus, type Pair, type Spill, TempFileSpill } from "../../src/data/index.ts";
import { blocksOf, failure } from "./helpers.ts";

const encodeSource = (text: string) => Array.from(text, (character) => character.codePointAt(0)!);
const encodeTarget = (text: string) => [1, ...encodeSource(text), 2];
const coders = { encodeSource, encodeTarget };

async function corpusOf(pairs: readonly Pair[], spill?: Spill) {
  return collectPairs(blocksOf(pairs), { filter: { deduplicate: false }, spill });
}

describe("encodeCorpus", () => {
  it("gives the same rows from memory, from a file and by encoding again, without what is too long or empty", async () => {
    const word = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom("a", "b", "é", "日") });
    const pairs = fc.array(fc.record({ source: word, target: word }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(pairs, fc.integer({ min: 3, max: 10 }), async (given, maxLength) => {
        await using corpus = await corpusOf(given);
        await using onDisk = await corpusOf(given, new TempFileSpill());
        const times = { encoded: 0 };
        const noB = (text: string) => {
          times.encoded++;
          return encodeSource(text.replaceAll("b", ""));
        };
        const options = { encodeSource: noB, encodeTarget, maxLength };
        const rows = given.map(({ source, target }) => ({ source: noB(source), target: encodeTarget(target) }));
        const fits = ({ source, target }: { source: number[]; target: number[] }) =>
          source.length > 0 && source.length <= maxLength && target.length <= maxLength;
        const kept = rows.filter(fits);
        const empty = rows.filter(({ source }) => source.length === 0).length;
        const indices = kept.map((_, i) => kept.length - 1 - i);
        for (const [which, cacheBytes, place] of [
          [corpus, undefined, "memory"],
          [onDisk, 0, "file"],
          [onDisk, 60, "file"],
          [corpus, 0, "nowhere"],
        ] as const) {
          const encoded = await encodeCorpus(which, { ...options, cacheBytes });
          expect(encoded.size).toBe(kept.length);
          expect([encoded.empty, encoded.tooLong]).toEqual([empty, rows.length - kept.length - empty]);
          expect([...encoded.sourceLengths]).toEqual(kept.map(({ source }) => source.length));
          expect([...encoded.targetLengths]).toEqual(kept.map(({ target }) => target.length));
          times.encoded = 0;
          const { source, target } = await encoded.rows(indices);
          expect(times.encoded).toBe(place === "nowhere" ? kept.length : 0);
          expect(source.map((row) => [...row])).toEqual(indices.map((i) => kept[i]!.source));
          expect(target.map((row) => [...row])).toEqual(indices.map((i) => kept[i]!.target));
        }
      }),
    );
  });

  it("refuses rows that are not there, and lengths that do not fit", async () => {
    await using corpus = await corpusOf([{ source: "a", target: "b" }]);
    for (const cacheBytes of [0, 1000]) {
      const encoded = await encodeCorpus(corpus, { ...coders, cacheBytes });
      await failure("INPUT_INVALID", () => encoded.rows([1]));
    }
    await failure("INPUT_INVALID", () => encodeCorpus(corpus, { ...coders, maxLength: 70_000 }));
    await failure("ABORTED", () => encodeCorpus(corpus, { ...coders, signal: AbortSignal.abort() }));
  });
});

describe("a corpus that was disposed", () => {
  it("has no rows any more that lay in its file", async () => {
    const corpus = await corpusOf([{ source: "a", target: "b" }], new TempFileSpill());
    const encoded = await encodeCorpus(corpus, { ...coders, cacheBytes: 0 });
    await corpus.dispose();
    await failure("INPUT_INVALID", () => encoded.rows([0]));
  });
});
