import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  collectPairs,
  type HeldOut,
  type Pair,
  splitBounds,
  splitBySource,
  splitKey,
  splitOf,
} from "../../src/data/index.ts";
import { blocksOf, failure } from "./helpers.ts";

const word = fc.string({ minLength: 1, maxLength: 3 });
const somePairs = fc.array(fc.record({ source: word, target: word }), { minLength: 1, maxLength: 200 });

async function partsOf(pairs: readonly Pair[], held: { validation?: HeldOut; test?: HeldOut }) {
  await using corpus = await collectPairs(blocksOf(pairs));
  const parts = await splitBySource(corpus, held);
  const read = (name: keyof typeof parts) => parts[name].read(Array.from({ length: parts[name].size }, (_, i) => i));
  const whole = await corpus.read(Array.from({ length: corpus.size }, (_, i) => i));
  return { whole, train: await read("train"), validation: await read("validation"), test: await read("test") };
}

const sourcesOf = (pairs: readonly Pair[]) => new Set(pairs.map(({ source }) => source));

const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((source) => b.has(source));

describe("splitBySource", () => {
  it("puts every pair in one part, and holds out exactly as many source sentences as asked", async () => {
    await fc.assert(
      fc.asyncProperty(somePairs, fc.nat(4), fc.nat(4), async (pairs, validation, test) => {
        const enough = Array.from({ length: 9 }, (_, i): Pair => ({ source: `one more ${i}`, target: "x" }));
        const parts = await partsOf([...pairs, ...enough], { validation, test });
        const [train, held, tested] = [sourcesOf(parts.train), sourcesOf(parts.validation), sourcesOf(parts.test)];
        expect(held.size).toBe(validation);
        expect(tested.size).toBe(test);
        expect(shared(train, held)).toEqual([]);
        expect(shared(train, tested)).toEqual([]);
        expect(shared(held, tested)).toEqual([]);
        const again = [...parts.train, ...parts.validation, ...parts.test].map((pair) => JSON.stringify(pair)).sort();
        expect(again).toEqual(parts.whole.map((pair) => JSON.stringify(pair)).sort());
      }),
    );
  });

  it("takes shares", async () => {
    const pairs = Array.from({ length: 20_000 }, (_, i): Pair => ({ source: `sentence ${i}`, target: "x" }));
    const parts = await partsOf(pairs, { validation: "2.5%", test: "10%" });
    expect(Math.abs(parts.validation.length - 500)).toBeLessThan(100);
    expect(Math.abs(parts.test.length - 2000)).toBeLessThan(200);
    expect(shared(sourcesOf(parts.train), sourcesOf(parts.test))).toEqual([]);
  });

  it("keeps a sentence in its part when the corpus grows, with shares", async () => {
    const pairs = Array.from({ length: 500 }, (_, i): Pair => ({ source: `sentence ${i}`, target: "x" }));
    const some = await partsOf(pairs.slice(0, 250), { validation: "20%", test: "20%" });
    const all = await partsOf(pairs, { validation: "20%", test: "20%" });
    expect(shared(sourcesOf(some.validation), sourcesOf(all.validation))).toEqual([...sourcesOf(some.validation)]);
    expect(shared(sourcesOf(some.test), sourcesOf(all.test))).toEqual([...sourcesOf(some.test)]);
  });

  it("refuses to leave nothing to train on", async () => {
    const pairs = Array.from({ length: 5 }, (_, i): Pair => ({ source: `${i}`, target: "x" }));
    await failure("DATA_INVALID", () => partsOf(pairs, { validation: 3, test: 2 }));
    await failure("DATA_INVALID", () => partsOf(pairs, { validation: 9, test: 9 }));
    await failure("DATA_INVALID", () => partsOf(pairs, { validation: Number.MAX_SAFE_INTEGER }));
  });
});

describe("splitKey", () => {
  it("sees neither white space at the ends nor how accents are encoded, and equals mmh3's hash, now and for ever", () => {
    expect(splitKey("  caf\u00e9 \n")).toBe(splitKey("cafe\u0301"));
    expect(splitKey("a")).not.toBe(splitKey("b"));
    expect(splitKey("hello")).toBe(0.1685221569746952);
  });

  it("agrees with splitOf", () => {
    const keys = Float64Array.from({ length: 50 }, (_, i) => splitKey(`${i}`));
    const bounds = splitBounds(keys, { validation: 10, test: 5 });
    const names = Array.from({ length: 50 }, (_, i) => splitOf(`${i}`, bounds));
    expect(names.filter((name) => name === "validation").length).toBe(10);
    expect(names.filter((name) => name === "test").length).toBe(5);
  });
});
