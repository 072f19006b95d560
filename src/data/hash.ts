const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/**
 * MurmurHash3_x86_128 (Austin Appleby) of `bytes[start, end)`: four 32-bit words, written to `out`.
 * The same bytes give the same words on every machine; not for adversaries.
 */
export function hash128(bytes: Uint8Array, start: number, end: number, seed: number, out: Uint32Array): void {
  let [h1, h2, h3, h4] = [seed | 0, seed | 0, seed | 0, seed | 0];
  const blocksEnd = start + ((end - start) & ~15);
  for (let i = start; i < blocksEnd; i += 16) {
    h1 ^= scramble(word(bytes, i), C1, 15, C2);
    h1 = (Math.imul((rotateLeft(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= scramble(word(bytes, i + 4), C2, 16, C3);
    h2 = (Math.imul((rotateLeft(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= scramble(word(bytes, i + 8), C3, 17, C4);
    h3 = (Math.imul((rotateLeft(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= scramble(word(bytes, i + 12), C4, 18, C1);
    h4 = (Math.imul((rotateLeft(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  h4 ^= scramble(tailWord(bytes, blocksEnd + 12, end), C4, 18, C1);
  h3 ^= scramble(tailWord(bytes, blocksEnd + 8, end), C3, 17, C4);
  h2 ^= scramble(tailWord(bytes, blocksEnd + 4, end), C2, 16, C3);
  h1 ^= scramble(tailWord(bytes, blocksEnd, end), C1, 15, C2);
  const length = end - start;
  [h1, h2, h3, h4] = spread(h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length);
  [h1, h2, h3, h4] = spread(finish(h1), finish(h2), finish(h3), finish(h4));
  out[0] = h1;
  out[1] = h2;
  out[2] = h3;
  out[3] = h4;
}

const encoder = new TextEncoder();

/** The 128-bit hash of a text's UTF-8 bytes, as four 32-bit words. */
export function hashText(text: string, seed = 0): Uint32Array {
  const bytes = encoder.encode(text);
  const out = new Uint32Array(4);
  hash128(bytes, 0, bytes.length, seed, out);
  return out;
}

function word(bytes: Uint8Array, i: number): number {
  return bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
}

/** The little-endian word at `i`, with zeros for what lies past `end`. */
function tailWord(bytes: Uint8Array, i: number, end: number): number {
  let result = 0;
  for (let k = Math.min(3, end - 1 - i); k >= 0; k--) result |= bytes[i + k]! << (8 * k);
  return result;
}

function scramble(k: number, first: number, rotation: number, second: number): number {
  return Math.imul(rotateLeft(Math.imul(k, first), rotation), second);
}

function spread(h1: number, h2: number, h3: number, h4: number): [number, number, number, number] {
  const sum = (h1 + h2 + h3 + h4) | 0;
  return [sum, (h2 + sum) | 0, (h3 + sum) | 0, (h4 + sum) | 0];
}

function finish(h: number): number {
  let x = h;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
