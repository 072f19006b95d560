/** A seeded generator of uniform and normal numbers: the same seed and name give the same numbers everywhere. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Normal with mean 0 and variance 1. */
  normal(): number;
}

/** xoshiro128** (Blackman & Vigna 2018), its state filled by a hash of seed and name. */
export function createRandom(seed: number, name = ""): Random {
  const state = Uint32Array.from({ length: 4 }, (_, i) => hash(name, seed + Math.imul(i + 1, 0x9e3779b9)));
  const next = () => nextUint32(state);
  const uniform = () => (next() >>> 8) / 2 ** 24;
  return { uniform, normal: () => boxMuller(uniform) };
}

function nextUint32(s: Uint32Array): number {
  const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0;
  const t = s[1]! << 9;
  s[2]! ^= s[0]!;
  s[3]! ^= s[1]!;
  s[1]! ^= s[2]!;
  s[0]! ^= s[3]!;
  s[2]! ^= t;
  s[3] = rotateLeft(s[3]!, 11);
  return result;
}

function boxMuller(uniform: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
  return radius * Math.cos(2 * Math.PI * uniform());
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** MurmurHash3's mixing steps over the characters and the seed. */
function hash(name: string, seed: number): number {
  let h = seed | 0;
  for (let i = 0; i < name.length; i++) {
    h = Math.imul(rotateLeft(h ^ Math.imul(name.charCodeAt(i), 0xcc9e2d51), 13), 5) + 0xe6546b64;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
