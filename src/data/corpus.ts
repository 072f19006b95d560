import { HeedError, throwIfAborted } from "../error.ts";
import { type FilterOptions, type FilterReport, PairFilter, type TextLength } from "./filter.ts";
import { NumberSet } from "./number-set.ts";
import { normalizeText, type Pair, type PairBlocks } from "./pair.ts";
import { type Spill, TextStore } from "./text-store.ts";

const BLOCK = 1024;

export interface CollectOptions {
  readonly filter?: FilterOptions | undefined;
  /** The unit of the filter's lengths. Default: characters. */
  readonly length?: TextLength | undefined;
  /** Where text goes beyond 16 MiB; without it, text stays in memory. The corpus disposes it. */
  readonly spill?: Spill | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pairs of sentences, found by number. A corpus holds 5 bytes a pair in memory and up to 16 MiB of text; more text than
 * that lies in a file. A subset takes 9 bits for each pair of the whole. While a corpus is collected, recognising
 * duplicates takes up to 11.8 bytes a pair more.
 */
export class PairCorpus implements AsyncDisposable {
  /** How many pairs were read, kept and left out; a subset has the report of the whole. */
  readonly report: Readonly<FilterReport>;
  readonly #store: TextStore;
  readonly #numbers: NumberSet | undefined;

  /** @internal `collectPairs` makes a corpus. */
  constructor(store: TextStore, report: Readonly<FilterReport>, numbers?: NumberSet) {
    this.#store = store;
    this.report = report;
    this.#numbers = numbers;
  }

  get size(): number {
    return this.#numbers?.size ?? this.#store.size;
  }

  /** The pairs with these numbers (from 0 to size − 1), in this order. */
  async read(indices: ArrayLike<number>): Promise<Pair[]> {
    for (let i = 0; i < indices.length; i++) {
      if (!(indices[i]! >= 0 && indices[i]! < this.size)) {
        throw new HeedError("INPUT_INVALID", `There is no pair ${indices[i]} in a corpus of ${this.size} pairs.`);
      }
    }
    const numbers = this.#numbers;
    return this.#store.read(numbers === undefined ? indices : Array.from(indices, (index) => numbers.at(index)));
  }

  /** All pairs in order, in blocks of at most 1,024. */
  async *pairs(signal?: AbortSignal): AsyncGenerator<Pair[], void, undefined> {
    for (let start = 0; start < this.size; start += BLOCK) {
      throwIfAborted(signal);
      yield await this.read(Array.from({ length: Math.min(BLOCK, this.size - start) }, (_, i) => start + i));
    }
  }

  /**
   * A corpus of those of these pairs whose number (from 0 to size − 1) `keeps` accepts, in the same order. It shares the
   * text: dispose the corpus that it came from, once, after both.
   */
  subset(keeps: (index: number) => boolean): PairCorpus {
    return new PairCorpus(this.#store, this.report, new NumberSet(this.#store.size, this.#stored(keeps)));
  }

  *#stored(keeps: (index: number) => boolean): Generator<number, void, undefined> {
    for (let index = 0; index < this.size; index++) if (keeps(index)) yield this.#numbers?.at(index) ?? index;
  }

  /** A place for what is made from this text, where the text itself may go; undefined when that is memory. */
  scratch(): Spill | undefined {
    return this.#store.scratch();
  }

  /** Frees the text and removes its temporary files. */
  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/**
 * Reads pairs once, as a stream, and keeps those that the filter accepts. Texts are normalised (`normalizeText`).
 * @throws HeedError ABORTED, and whatever the reader of the blocks throws
 */
export async function collectPairs(blocks: PairBlocks, options: CollectOptions = {}): Promise<PairCorpus> {
  using filter = new PairFilter(options.filter, options.length);
  const store = new TextStore(options.spill);
  try {
    for await (const block of blocks) {
      throwIfAborted(options.signal);
      for (const pair of block) {
        const source = normalizeText(pair.source);
        const target = normalizeText(pair.target);
        if (filter.accepts(source, target)) store.append(source, target);
        if (store.due) await store.flush();
      }
    }
  } catch (error) {
    await store.dispose();
    throw error;
  }
  return new PairCorpus(store, filter.report);
}
