import { describe, expect, it } from "vitest";
import type { EncodedCorpus } from "../../src/data/encoded.ts";
import { translationBatch, translationBatches } from "../../src/translation/batches.ts";

const ids = { padTokenId: 9, decoderStartTokenId: 8 };
const row = (...numbers: number[]) => Int32Array.from(numbers);

describe("a batch of sentence pairs", () => {
  const batch = translationBatch({ source: [row(1, 2, 0), row(3, 0)], target: [row(4, 0), row(5, 6, 7, 0)] }, ids);

  it("has padded sources and a mask that says where they are", () => {
    expect(batch.inputs.inputIds).toMatchObject({ shape: [2, 3], data: row(1, 2, 0, 3, 0, 9) });
    expect(batch.inputs.attentionMask).toMatchObject({ shape: [2, 3], data: row(1, 1, 1, 1, 1, 0) });
  });

  it("has targets as labels, and shifted right behind the start token as the decoder's input", () => {
    expect(batch.labels).toMatchObject({ shape: [2, 4], data: row(4, 0, -100, -100, 5, 6, 7, 0) });
    expect(batch.inputs.decoderInputIds).toMatchObject({ shape: [2, 4], data: row(8, 4, 9, 9, 8, 5, 6, 7) });
  });

  it("counts tokens without padding", () => {
    expect([batch.targetTokens, batch.tokens]).toEqual([6, 11]);
  });
});

describe("batches of a corpus", () => {
  const size = 200;
  const sources = Array.from({ length: size }, (_, i) => row(...new Array<number>(1 + (i % 13)).fill(1), i));
  const targets = Array.from({ length: size }, (_, i) => row(...new Array<number>(1 + ((i * 7) % 11)).fill(1), i));
  const lengths = (rows: Int32Array[]) => Uint16Array.from(rows, ({ length }) => length);
  const corpus: EncodedCorpus = {
    size,
    sourceLengths: lengths(sources),
    targetLengths: lengths(targets),
    fingerprint: "200 pairs",
    tooLong: 0,
    empty: 0,
    async rows(indices) {
      const pick = (all: Int32Array[]) => Array.from(indices, (i) => all[i]!);
      return { source: pick(sources), target: pick(targets) };
    },
  };
  const wide = { padTokenId: 500, decoderStartTokenId: 501 };
  const source = (seed: number) => translationBatches(corpus, { seed, maxTokens: 120, ...wide });

  async function epochOf(seed: number, number: number) {
    const epoch = await source(seed).epoch(number);
    return Promise.all(Array.from({ length: epoch.length }, (_, i) => epoch.batch(i)));
  }

  it("hold every pair once an epoch, within the budget", async () => {
    const batches = await epochOf(1, 0);
    const seen: number[] = [];
    for (const { inputs, labels } of batches) {
      const [rows, columns] = labels.shape as [number, number];
      expect(rows * (inputs.inputIds!.shape[1]! + columns)).toBeLessThanOrEqual(120);
      for (let i = 0; i < rows; i++)
        seen.push(labels.data.subarray(i * columns, (i + 1) * columns).findLast((id) => id >= 0)!);
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
  });

  it("are a function of seed and epoch", async () => {
    expect(await epochOf(1, 3)).toEqual(await epochOf(1, 3));
    expect(await epochOf(1, 3)).not.toEqual(await epochOf(1, 4));
    expect(await epochOf(1, 3)).not.toEqual(await epochOf(2, 3));
  });

  it("are those of the epoch's own tokens, where each epoch has its own", async () => {
    const first = { ...corpus, size: 1, sourceLengths: Uint16Array.of(1), targetLengths: Uint16Array.of(1) };
    const spellings = { order: "dropout 0.1", ofEpoch: async (epoch: number) => (epoch === 1 ? first : corpus) };
    const spelled = translationBatches(corpus, { seed: 1, maxTokens: 120, ...wide }, spellings);
    expect(spelled.fingerprint).toBe(corpus.fingerprint);
    expect((await spelled.epoch(0)).length).toBe((await source(1).epoch(0)).length);
    expect((await spelled.epoch(1)).length).toBe(1);
  });
});
