const WORD = 32;
/** How many were set is counted once in so many words: between two counts few words are left to look at. */
const BLOCK = 8;

/** Numbers below a bound, in ascending order, found by their place in it. Takes 9 bits for each number below the bound. */
export class NumberSet {
  readonly size: number;
  readonly #words: Uint32Array;
  /** How many numbers lie before each block of words. */
  readonly #before: Uint32Array;

  constructor(bound: number, numbers: Iterable<number>) {
    this.#words = new Uint32Array(Math.ceil(bound / WORD));
    for (const number of numbers) this.#words[Math.floor(number / WORD)]! |= 1 << (number % WORD);
    this.#before = new Uint32Array(Math.ceil(this.#words.length / BLOCK));
    let count = 0;
    this.#words.forEach((word, i) => {
      if (i % BLOCK === 0) this.#before[i / BLOCK] = count;
      count += bitCount(word);
    });
    this.size = count;
  }

  /** The number that has `place` smaller ones (0 to size − 1). */
  at(place: number): number {
    const block = lastAtMost(this.#before, place);
    let left = place - this.#before[block]!;
    let at = block * BLOCK;
    for (let count = bitCount(this.#words[at]!); count <= left; count = bitCount(this.#words[++at]!)) left -= count;
    return at * WORD + bitAt(this.#words[at]!, left);
  }
}

/** The last of the ascending counts that is not above the limit. The first one is 0. */
function lastAtMost(counts: Uint32Array, limit: number): number {
  let low = 0;
  let high = counts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (counts[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The bits of each two, four and eight neighbours added up in place; the product then adds the four bytes. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Where the bit is that has `place` lower ones set. */
function bitAt(word: number, place: number): number {
  let rest = word;
  for (let lower = 0; lower < place; lower++) rest &= rest - 1;
  return WORD - 1 - Math.clz32(rest & -rest);
}
