import type { PairCorpus } from "../data/corpus.ts";
import type { EncodedCorpus } from "../data/encoded.ts";
import { createRandom } from "../random.ts";
import { encodedPairs, encodePairs, type PairEncoding } from "./encode-pairs.ts";
import type { PrepareEvent } from "./events.ts";

/** How a corpus is spelled: each epoch leaves out other merges. */
export interface Spelling extends PairEncoding {
  /** The share of merges that are left out. */
  readonly rate: number;
  readonly seed: number;
}

/**
 * The pairs of a corpus as tokens that each epoch spells anew (BPE-dropout). While one epoch is in use, the next is made
 * ready; disposed, it no longer is.
 */
export class Spellings implements Disposable {
  readonly #corpus: PairCorpus;
  readonly #spelling: Spelling;
  readonly #made = new Map<number, Promise<EncodedCorpus>>();
  readonly #over = new AbortController();

  private constructor(corpus: PairCorpus, spelling: Spelling) {
    this.#corpus = corpus;
    this.#spelling = spelling;
  }

  /** With the tokens of the epoch that comes first; tells how far they are. */
  static async *from(
    epoch: number,
    corpus: PairCorpus,
    spelling: Spelling,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<PrepareEvent, Spellings, undefined> {
    const spellings = new Spellings(corpus, spelling);
    const first = yield* encodePairs(corpus, spellings.#encoding(epoch), signal);
    spellings.#made.set(epoch, Promise.resolve(first));
    return spellings;
  }

  /** What they are a function of, beside the text and the epoch. */
  get order(): string {
    return `dropout ${this.#spelling.rate}`;
  }

  async ofEpoch(epoch: number): Promise<EncodedCorpus> {
    for (const made of this.#made.keys()) if (made < epoch) this.#made.delete(made);
    const tokens = await this.#tokens(epoch);
    this.#tokens(epoch + 1).catch(() => {}); // Reported when that epoch begins.
    return tokens;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  #tokens(epoch: number): Promise<EncodedCorpus> {
    const { signal } = this.#over;
    const tokens = this.#made.get(epoch) ?? encodedPairs(this.#corpus, this.#encoding(epoch), { signal });
    this.#made.set(epoch, tokens);
    return tokens;
  }

  #encoding(epoch: number): PairEncoding {
    const { rate, seed, ...encoding } = this.#spelling;
    const drawn = Math.floor(createRandom(seed, `epoch ${epoch}`).uniform() * 2 ** 24);
    return { ...encoding, dropout: { rate, seed: drawn } };
  }
}
