import { describe, expect, it } from "vitest";
import { drawMask, type MaskKey } from "../../src/runtime/random-mask.ts";
import fixture from "../fixtures/random-mask.json" with { type: "json" };

const KEY: MaskKey = { seed: 1, step: 10, microBatch: 0, name: "decoder.layers.0" };

function mask(size: number, keepRate: number, key: Partial<MaskKey> = {}): Uint8Array {
  const bytes = new Uint8Array(size);
  drawMask(bytes, { ...KEY, ...key }, keepRate);
  return bytes;
}

const mean = (bytes: Uint8Array) => bytes.reduce((total, bit) => total + bit, 0) / bytes.length;

/** Pearson's correlation of two masks drawn at the same rate. */
function correlation(a: Uint8Array, b: Uint8Array): number {
  const [p, q] = [mean(a), mean(b)];
  let covariance = 0;
  for (let i = 0; i < a.length; i++) covariance += (a[i]! - p) * (b[i]! - q);
  return covariance / a.length / Math.sqrt(p * (1 - p) * q * (1 - q));
}

/** Correlations of n independent pairs have a standard deviation of 1 / √n. */
const SIZE = 400_000;
const bound = (tests: number) => (3.5 + Math.log10(tests)) / Math.sqrt(SIZE);

describe("random masks", () => {
  it.each(fixture.masks)(
    "match the plain definition ($name)",
    ({ bits, size, keep_rate, seed, step, micro_batch, name }) => {
      expect(mask(size, keep_rate, { seed, step, microBatch: micro_batch, name }).join("")).toBe(bits);
    },
  );

  it.each([0, 1])("are constant at rate %d", (rate) => {
    expect(mean(mask(1001, rate))).toBe(rate);
  });

  it.each([1e-4, 1 / 256, 0.1, 0.25, 0.5, 0.7, 0.9, 255 / 256, 0.9999])("keep elements at rate %d", (rate) => {
    const size = 4_000_003;
    const kept = mask(size, rate);
    expect(kept.every((bit) => bit === 0 || bit === 1)).toBe(true);
    expect(Math.abs(mean(kept) - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / size));
  });

  it("are a prefix of longer ones", () => {
    const long = mask(1003, 0.9);
    for (const size of [0, 1, 2, 3, 4, 5, 1002]) expect(mask(size, 0.9)).toEqual(long.subarray(0, size));
  });

  it("do not correlate between sites, seeds, steps and micro-batches", () => {
    const others: Partial<MaskKey>[] = [
      ...Array.from({ length: 20 }, (_, i) => ({ step: 11 + i })),
      ...Array.from({ length: 5 }, (_, i) => ({ seed: 2 + i })),
      ...Array.from({ length: 5 }, (_, i) => ({ microBatch: 1 + i })),
      ...Array.from({ length: 10 }, (_, i) => ({ name: `decoder.layers.${1 + i}` })),
      { name: "encoder.layers.0" },
      { step: 0, microBatch: 10 },
      { seed: 10, step: 1 },
      { seed: 2 ** 32 + 1 },
    ];
    const masks = [mask(SIZE, 0.9), ...others.map((key) => mask(SIZE, 0.9, key))];
    for (const [i, other] of masks.slice(1).entries()) {
      for (const known of [masks[0]!, masks[i]!]) {
        expect(Math.abs(correlation(known, other))).toBeLessThan(bound(2 * others.length));
      }
    }
  });

  it("do not correlate with themselves, shifted by elements, words and rows", () => {
    const shifts = [1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 64, 256, 512, 2048];
    const long = mask(SIZE + 2048, 0.9);
    for (const shift of shifts) {
      const r = correlation(long.subarray(0, SIZE), long.subarray(shift, shift + SIZE));
      expect(Math.abs(r)).toBeLessThan(bound(shifts.length));
    }
  });

  it("have groups of eight elements that are equally likely at rate 1/2", () => {
    const bits = mask(8 * 256 * 1000, 0.5);
    const counts = new Float64Array(256);
    for (let i = 0; i < bits.length; i += 8) {
      counts[bits.subarray(i, i + 8).reduce((byte, bit) => byte * 2 + bit, 0)]! += 1;
    }
    const chiSquare = counts.reduce((total, count) => total + (count - 1000) ** 2 / 1000, 0);
    // 255 degrees of freedom: mean 255, standard deviation √510.
    expect(Math.abs(chiSquare - 255)).toBeLessThan(4 * Math.sqrt(510));
  });
});
