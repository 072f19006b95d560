import { pacer } from "../pacer.ts";

/** Words that are counted at once: about 100 MB. Only text written without spaces has as many different ones. */
const BOUND = 2 ** 20;

/**
 * How often each word of a text occurs. Of more different words than the bound the rarest are forgotten on the way (lossy
 * counting; Manku and Motwani, 2002).
 */
export class WordCounts {
  readonly #bound: number;
  readonly #counts = new Map<string, number>();

  constructor(bound = BOUND) {
    this.#bound = bound;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  /** Whether `forgetRarest` should be awaited before more is added. */
  get due(): boolean {
    return this.#counts.size > this.#bound;
  }

  /** Makes room for half of the bound: words that were seen once so far go first, then those seen twice, and so on. */
  async forgetRarest(): Promise<void> {
    for (let rare = 1; this.#counts.size > this.#bound / 2; rare++) {
      for (const [word, count] of this.#counts) {
        if (count <= rare) this.#counts.delete(word);
        if (pacer.due()) await pacer.rest();
      }
    }
  }
}
