import type { RandomKey } from "../graph/runtime.ts";

/** What a mask is a function of, besides its size. */
export interface MaskKey extends RandomKey {
  /** The name of the random input. */
  readonly name: string;
}

/** The bytes 0 and 2 of a word as lanes of 16 bits, with room for a carry. */
const LANES = 0x0001_0001;
const LOW_BYTES = 0x00ff_00ff;
/** Rounds after which the seed has spread over the whole state. */
const WARM_UP = 12;

/**
 * Fills a mask, which must start at a multiple of four bytes of its buffer, with zeros and ones; each is 1 with
 * probability `keepRate`, exact to 2^-33.
 *
 * A word of 32 random bits gives four elements: a byte below the first 8 bits of the rate is kept, one above them is
 * not, and only the rare byte that equals them draws the 24 bits that decide.
 */
export function drawMask(mask: Uint8Array<ArrayBuffer>, key: MaskKey, keepRate: number): void {
  const rate = Math.round(keepRate * 2 ** 32);
  if (rate <= 0 || rate >= 2 ** 32) {
    mask.fill(rate <= 0 ? 0 : 1);
    return;
  }
  const state = seedState(key);
  const words = new Int32Array(mask.buffer, mask.byteOffset, mask.length >>> 2);
  const tail = new Int32Array(1);
  drawWords(words, state, rate);
  drawWords(tail, state, rate);
  mask.set(new Uint8Array(tail.buffer, 0, mask.length % 4), words.length * 4);
}

/** Two bytes at a time are compared with the rate: adding 256 − rate carries where a byte is not below it. */
function drawWords(words: Int32Array, state: Int32Array, rate: number): void {
  const first = rate >>> 24;
  const notBelow = Math.imul(0x100 - first, LANES);
  const above = Math.imul(0xff - first, LANES);
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let counter = state[3]!;
  for (let i = 0; i < words.length; i++) {
    const bits = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + bits) | 0;

    const even = bits & LOW_BYTES;
    const odd = (bits >>> 8) & LOW_BYTES;
    const drop = carries((even + notBelow) | 0, (odd + notBelow) | 0);
    const dropSurely = carries((even + above) | 0, (odd + above) | 0);
    words[i] = drop ^ 0x0101_0101;
    if (drop !== dropSurely) {
      save(state, a, b, c, counter);
      words[i] = words[i]! | decide(drop ^ dropSurely, state, rate & 0xff_ffff);
      a = state[0]!;
      b = state[1]!;
      c = state[2]!;
      counter = state[3]!;
    }
  }
  save(state, a, b, c, counter);
}

/** The carries of four bytes in the lowest bit of each. */
function carries(even: number, odd: number): number {
  return ((even >>> 8) & LANES) | (odd & (LANES << 8));
}

function save(state: Int32Array, a: number, b: number, c: number, counter: number): void {
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = counter;
}

/** Draws the bytes that were undecided (1 in `undecided`) with probability rate / 2^24. */
function decide(undecided: number, state: Int32Array, rate: number): number {
  let kept = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    if (((undecided >>> shift) & 1) === 1 && nextWord(state) >>> 8 < rate) kept |= 1 << shift;
  }
  return kept;
}

/** sfc32, the small fast counting generator of Chris Doty-Humphrey's PractRand. */
function nextWord(state: Int32Array): number {
  const b = state[1]!;
  const c = state[2]!;
  const bits = (state[0]! + b + state[3]!) | 0;
  save(state, b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + bits) | 0, state[3]! + 1);
  return bits;
}

/** Three hashes of the key, and a counter. */
function seedState({ seed, step, microBatch, name }: MaskKey): Int32Array {
  const numbers = new Uint32Array(Float64Array.of(seed, step, microBatch).buffer);
  const words = [...numbers, ...Array.from(name, (character) => character.codePointAt(0)!)];
  const state = Int32Array.of(hash(words, 0), hash(words, 1), hash(words, 2), 1);
  for (let i = 0; i < WARM_UP; i++) nextWord(state);
  return state;
}

/** MurmurHash3 (A. Appleby), 32 bits. */
function hash(words: readonly number[], seed: number): number {
  let h = seed;
  for (const word of words) {
    h ^= Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    h = (Math.imul(rotateLeft(h, 13), 5) + 0xe6546b64) | 0;
  }
  h ^= words.length * 4;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
