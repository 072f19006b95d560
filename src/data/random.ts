import { hash128 } from "./hash.ts";

/** Draws an integer uniformly from [0, n), 1 ≤ n ≤ 2^32. */
export type Below = (n: number) => number;

/** The generator sfc32 (Chris Doty-Humphrey, PractRand), its state filled by a hash of the given integers. */
export function createRandom(...seeds: readonly number[]): Below {
  const bytes = new Uint8Array(Float64Array.from(seeds).buffer);
  const state = new Uint32Array(4);
  hash128(bytes, 0, bytes.length, 0, state);
  let [a, b, c, counter] = state as unknown as [number, number, number, number];
  return (n) => {
    const result = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return Math.floor(((result >>> 0) / 2 ** 32) * n);
  };
}
