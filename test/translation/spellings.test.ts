import { beforeAll, describe, expect, it } from "vitest";
import { collectPairs, type PairCorpus } from "../../src/data/corpus.ts";
import { learnBpe, type Tokenizer } from "../../src/text/index.ts";
import type { PrepareEvent } from "../../src/translation/events.ts";
import { Spellings } from "../../src/translation/spellings.ts";
import { blocksOf } from "../data/helpers.ts";

const PAIRS = Array.from({ length: 40 }, (_, i) => ({
  source: `the ${["bakery", "street"][i % 2]} number ${i} opens`,
  target: `la ${["boulangerie", "rue"][i % 2]} numéro ${i} ouvre`,
}));

describe("spellings of a corpus", () => {
  let corpus: PairCorpus;
  let tokenizer: Tokenizer;
  const texts = PAIRS.flatMap(({ source, target }) => [source, target]);

  beforeAll(async () => {
    tokenizer = await learnBpe(texts, { kind: "wordBoundary", vocabSize: 376 });
    corpus = await collectPairs(blocksOf(PAIRS));
  });

  async function from(epoch: number, options: { maxLength?: number; seed?: number } = {}): Promise<Spellings> {
    const spelling = { tokenizer, maxLength: 64, rate: 0.3, seed: 1, ...options };
    const events: AsyncGenerator<PrepareEvent, Spellings, undefined> = Spellings.from(
      epoch,
      corpus,
      spelling,
      undefined,
    );
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
    }
  }

  async function rowsOf(spellings: Spellings, epoch: number) {
    const tokens = await spellings.ofEpoch(epoch);
    return tokens.rows(Array.from({ length: tokens.size }, (_, i) => i));
  }

  it("are other tokens of the same texts in each epoch", async () => {
    using spellings = await from(0);
    const [first, second] = [await rowsOf(spellings, 0), await rowsOf(spellings, 1)];
    expect(second).not.toEqual(first);
    for (const { source, target } of [first, second]) {
      expect(source.map((row) => tokenizer.decode(row))).toEqual(PAIRS.map((pair) => pair.source));
      expect(target.map((row) => tokenizer.decode(row))).toEqual(PAIRS.map((pair) => pair.target));
    }
  });

  it("are the same for the same epoch and seed, wherever one begins", async () => {
    using begun = await from(0);
    using resumed = await from(2);
    using other = await from(2, { seed: 2 });
    await rowsOf(begun, 0);
    await rowsOf(begun, 1);
    const expected = await rowsOf(begun, 2);
    expect(await rowsOf(resumed, 2)).toEqual(expected);
    expect(await rowsOf(other, 2)).not.toEqual(expected);
  });

  it("have all merges where one epoch would spell a text too long", async () => {
    const plain = Math.max(...texts.map((text) => tokenizer.encode(text).length));
    using spellings = await from(0, { maxLength: plain + 3 });
    const { size, sourceLengths, targetLengths } = await spellings.ofEpoch(0);
    expect(size).toBe(PAIRS.length);
    const longest = (lengths: Uint16Array) => Math.max(...lengths);
    expect(Math.max(longest(sourceLengths), longest(targetLengths))).toBeGreaterThan(plain);
    using tight = await from(0, { maxLength: plain });
    expect((await tight.ofEpoch(0)).size).toBe(PAIRS.length);
  });

  it("are not made any more once they are disposed", async () => {
    const spellings = await from(0);
    spellings[Symbol.dispose]();
    await expect(spellings.ofEpoch(5)).rejects.toMatchObject({ code: "ABORTED" });
  });
});
