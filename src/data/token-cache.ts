import { HeedError } from "../error.ts";
import { pages, release } from "./pages.ts";

/** Token ids of some pairs, row by row. */
export interface EncodedRows {
  readonly source: Int32Array[];
  readonly target: Int32Array[];
}

interface RowLengths {
  readonly sourceLengths: Uint16Array;
  readonly targetLengths: Uint16Array;
}

/** Token ids of pairs, end to end in one array, until they exceed a bound: then they are let go. */
export class TokenCache {
  readonly #bound: number;
  #ids = new Int32Array(pages(2 ** 14));
  #used = 0;

  /** @param bound in bytes */
  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Whether the bound was exceeded. */
  get full(): boolean {
    return this.#used * 4 > this.#bound;
  }

  /** Not to be called once there is a reader. */
  append(source: ArrayLike<number>, target: ArrayLike<number>): void {
    if (this.full) return;
    const start = this.#used;
    this.#used += source.length + target.length;
    if (this.full) {
      release(this.#ids);
      this.#ids = new Int32Array(0);
      return;
    }
    this.#reserve();
    this.#ids.set(source, start);
    this.#ids.set(target, start + source.length);
  }

  /** A function that gives rows by number, given the lengths of all that was appended. */
  reader({ sourceLengths, targetLengths }: RowLengths): (indices: ArrayLike<number>) => Promise<EncodedRows> {
    const ids = this.#ids.subarray(0, this.#used);
    const starts = new Uint32Array(sourceLengths.length);
    for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1]! + sourceLengths[i - 1]! + targetLengths[i - 1]!;
    const row = (start: number, length: number) => ids.slice(start, start + length);
    return async (indices) => {
      const numbers = Array.from(indices);
      const stray = numbers.find((i) => !(i >= 0 && i < starts.length));
      if (stray !== undefined) {
        throw new HeedError("INPUT_INVALID", `There is no pair ${stray} in a corpus of ${starts.length} pairs.`);
      }
      return {
        source: numbers.map((i) => row(starts[i]!, sourceLengths[i]!)),
        target: numbers.map((i) => row(starts[i]! + sourceLengths[i]!, targetLengths[i]!)),
      };
    };
  }

  #reserve(): void {
    if (this.#used <= this.#ids.length) return;
    const larger = new Int32Array(pages(4 * Math.max(this.#used, 2 * this.#ids.length)));
    larger.set(this.#ids);
    release(this.#ids);
    this.#ids = larger;
  }
}
