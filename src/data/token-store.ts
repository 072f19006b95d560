import { HeedError } from "../error.ts";
import { pages, release } from "./pages.ts";
import type { Spill } from "./text-store.ts";

/** Token ids of some pairs, row by row. */
export interface EncodedRows {
  readonly source: Int32Array[];
  readonly target: Int32Array[];
}

interface RowLengths {
  readonly sourceLengths: Uint16Array;
  readonly targetLengths: Uint16Array;
}

/** Where a row starts is kept for one pair in so many; from there lengths are added up. */
const STRIDE = 64;
/** Memory is flushed at this share of the bound, so that it seldom has to grow beyond. */
const FLUSHED_AT = 63 / 64;

/**
 * Token ids of pairs, end to end. What the bound does not allow in memory goes to the spill or, when there is none, all
 * is let go.
 */
export class TokenStore {
  readonly #bound: number;
  readonly #spill: Spill | undefined;
  #ids = new Int32Array(pages(2 ** 14));
  #used = 0;
  #spilled = 0;
  #full = false;

  /** @param bound in bytes */
  constructor(bound: number, spill?: Spill) {
    this.#bound = bound;
    this.#spill = spill;
  }

  /** Whether the bound was exceeded without a spill: there is nothing to be read then. */
  get full(): boolean {
    return this.#full;
  }

  /** Appends a pair; not to be called once there is a reader. `due` then tells whether `flush` should be awaited. */
  append(source: ArrayLike<number>, target: ArrayLike<number>): void {
    if (this.#full) return;
    const start = this.#used;
    this.#used += source.length + target.length;
    if (4 * this.#used > this.#bound && this.#spill === undefined) this.#letGo();
    if (this.#full) return;
    this.#reserve();
    this.#ids.set(source, start);
    this.#ids.set(target, start + source.length);
  }

  get due(): boolean {
    return this.#spill !== undefined && 4 * this.#used > FLUSHED_AT * this.#bound;
  }

  /** Moves what is in memory to the spill. */
  async flush(): Promise<void> {
    await this.#spill!.append(new Uint8Array(this.#ids.buffer, 0, 4 * this.#used));
    this.#spilled += this.#used;
    this.#used = 0;
  }

  /** A function that gives rows by number, given the lengths of all that was appended. */
  reader(lengths: RowLengths): (indices: ArrayLike<number>) => Promise<EncodedRows> {
    const { sourceLengths, targetLengths } = lengths;
    const startOf = starts(lengths);
    const read = async (pair: number) => {
      if (!(pair >= 0 && pair < sourceLengths.length)) {
        throw new HeedError("INPUT_INVALID", `There is no pair ${pair} in a corpus of ${sourceLengths.length} pairs.`);
      }
      const middle = sourceLengths[pair]!;
      const ids = await this.#read(startOf(pair), middle + targetLengths[pair]!);
      return { source: ids.slice(0, middle), target: ids.slice(middle) };
    };
    return async (indices) => {
      const rows = await Promise.all(Array.from(indices, read));
      return { source: rows.map(({ source }) => source), target: rows.map(({ target }) => target) };
    };
  }

  #letGo(): void {
    this.#full = true;
    release(this.#ids);
    this.#ids = new Int32Array(0);
  }

  /** A pair lies either in the spill or in memory, whole. */
  async #read(start: number, length: number): Promise<Int32Array> {
    const inMemory = start - this.#spilled;
    if (inMemory >= 0) return this.#ids.subarray(inMemory, inMemory + length);
    const { buffer, byteOffset } = await this.#spill!.read(4 * start, 4 * length);
    return new Int32Array(buffer, byteOffset, length);
  }

  #reserve(): void {
    if (this.#used <= this.#ids.length) return;
    const doubled = Math.min(8 * this.#ids.length, 4 * Math.floor(this.#bound / 4));
    const larger = new Int32Array(pages(Math.max(4 * this.#used, doubled)));
    larger.set(this.#ids);
    release(this.#ids);
    this.#ids = larger;
  }
}

/** Finds where the ids of a pair start. Takes an eighth of a byte a pair. */
function starts({ sourceLengths, targetLengths }: RowLengths): (pair: number) => number {
  const marks = new Float64Array(Math.ceil(sourceLengths.length / STRIDE));
  let start = 0;
  for (let pair = 0; pair < sourceLengths.length; pair++) {
    if (pair % STRIDE === 0) marks[pair / STRIDE] = start;
    start += sourceLengths[pair]! + targetLengths[pair]!;
  }
  return (pair) => {
    const mark = Math.floor(pair / STRIDE);
    let at = marks[mark]!;
    for (let before = mark * STRIDE; before < pair; before++) at += sourceLengths[before]! + targetLengths[before]!;
    return at;
  };
}
