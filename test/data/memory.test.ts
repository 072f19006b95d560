import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  collectPairs,
  encodeCorpus,
  type PairBlocks,
  planEpoch,
  splitBySource,
  TempFileSpill,
} from "../../src/data/index.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const PAIRS = 1_000_000;
const BLOCK = 2000;
/** The text kept in memory, and the first tables and chunks. */
const FIXED = (16 + 2) * 2 ** 20;

async function* syntheticPairs(measure: () => void): PairBlocks {
  for (let start = 0; start < PAIRS; start += BLOCK) {
    if (start % 100_000 === 0) measure();
    yield Array.from({ length: BLOCK }, (_, i) => ({
      source: `Sentence number ${start + i} of the corpus`,
      target: `Phrase ${start + i}`,
      line: start + i + 1,
    }));
  }
}

const encode = (text: string) => text.split(" ").map((word) => word.length);

describe("memory", () => {
  it("is at most 24 bytes a pair and a fixed buffer, from reading to batches", async () => {
    collectGarbage();
    const used = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
    const before = used();
    let peak = 0;
    const measure = () => {
      collectGarbage();
      peak = Math.max(peak, used() - before);
    };
    await using corpus = await collectPairs(syntheticPairs(measure), { spill: new TempFileSpill() });
    measure();
    const { train, test } = await splitBySource(corpus, { test: "1%" });
    measure();
    const coders = { encodeSource: encode, encodeTarget: encode, cacheBytes: 2 ** 20 };
    const encoded = await encodeCorpus(train, { ...coders, onPairs: (pairs) => pairs % 102_400 === 0 && measure() });
    measure();
    const plan = await planEpoch([encoded.sourceLengths, encoded.targetLengths], {
      seed: 1,
      epoch: 0,
      maxTokens: 4096,
    });
    measure();
    expect(corpus.size).toBe(PAIRS);
    expect(train.size + test.size).toBe(PAIRS);
    expect(plan.order.length).toBe(train.size);
    expect((peak - FIXED) / PAIRS).toBeLessThanOrEqual(24);
  });
});
