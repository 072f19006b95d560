import { pick } from "../draw.ts";
import type { Mutation } from "./mutation.ts";

const HEADER_WORDS = 7;

/** Mutations of the 32-bit words of an MO catalogue, in the file's own endianness or the other one. */
export const moMutations: readonly Mutation[] = [
  (file, draw) => {
    const words = wordsOf(file);
    if (words.length < HEADER_WORDS) return file;
    words[draw(HEADER_WORDS)] = pick([0, 1, 2, 4, 20, 28, file.length - 8, file.length, 2 ** 20, 2 ** 32 - 1], draw);
    return bytesOf(words, file);
  },
  (file, draw) => {
    const words = wordsOf(file);
    if (words.length <= HEADER_WORDS) return file;
    const at = HEADER_WORDS + draw(words.length - HEADER_WORDS);
    const near = words[at]! + pick([-8, -1, 1, 8, 64], draw);
    words[at] = pick([0, near, file.length, file.length - 1, words[draw(words.length)]!, 2 ** 31, 2 ** 32 - 1], draw);
    return bytesOf(words, file);
  },
  // Every string is the whole file.
  (file, draw) => {
    const words = wordsOf(file);
    for (let i = HEADER_WORDS; i + 1 < words.length; i += 2) words.set([file.length - 1 - draw(2), draw(2)], i);
    return bytesOf(words, file);
  },
  // Tables that are longer than the file's own.
  (file, draw, maxBytes) => {
    const count = pick([10, 1000, Math.floor(maxBytes / 16)], draw);
    const larger = new Uint8Array(file.length + 16 * count);
    larger.set(file);
    const words = wordsOf(larger);
    words.set([count, file.length & ~3, file.length & ~3], 2);
    for (let i = file.length >> 2; i + 1 < words.length; i += 2) words.set([pick([0, 1, file.length], draw), 0], i);
    return bytesOf(words, larger);
  },
  (file) => new Uint8Array(Buffer.from(file.slice(0, file.length & ~3)).swap32()),
];

/** The words, little-endian; bytes of a last broken one are left out. */
function wordsOf(file: Uint8Array): Uint32Array {
  return new Uint32Array(file.slice(0, file.length & ~3).buffer);
}

function bytesOf(words: Uint32Array, file: Uint8Array): Uint8Array {
  const changed = file.slice();
  changed.set(new Uint8Array(words.buffer));
  return changed;
}
