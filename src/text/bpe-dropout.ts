import { HeedError } from "../error.ts";
import { createRandom, type Random } from "../random.ts";
import type { Library } from "./library.ts";
import { openLibrary } from "./open-library.ts";
import { modelType, type TokenizerConfigJson, type TokenizerJson } from "./tokenizer-json.ts";

/** Which merges to leave out: the same rate, seed and text leave out the same. */
export interface MergeDropout {
  /** The probability that a merge is passed over at one step, from 0 to 1: then there are only characters. */
  readonly rate: number;
  readonly seed: number;
}

/** A word's length in characters up to which merges are left out; the work grows by its square. */
const LONGEST = 256;
/** There are fewer tokens than this. */
const MAX_TOKENS = 2 ** 26;

/** Whether a tokenizer forms its tokens by merging the characters of a word, as they are, in pairs. */
export function mergesPairs(json: TokenizerJson): boolean {
  const { end_of_word_suffix, continuing_subword_suffix } = json.model;
  return modelType(json) === "BPE" && !end_of_word_suffix && !continuing_subword_suffix;
}

/**
 * BPE-dropout (Provilkov, Emelianenko and Voita, 2020, algorithm 1): of a word's possible merges each is passed over with
 * the same probability, anew at every step; the first in rank of the others is done, until a step finds none. A rare
 * word is met in many spellings that way, and a model sees more of what its tokens are made of.
 */
export class BpeDropout {
  /** Encodes as the tokenizer does, but for the merges that are left out. */
  readonly library: Library;
  readonly #merges = new Map<number, { readonly rank: number; readonly id: number }>();
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: readonly string[];
  #random: Random = createRandom(0);
  #rate = 0;

  /** @param json One that `mergesPairs`. */
  constructor(json: TokenizerJson, config: TokenizerConfigJson) {
    // Else a word that is a token would be that token at once.
    const model = { ...json.model, ignore_merges: false };
    this.library = openLibrary({ ...json, model }, config, "tokenizer.json");
    // Numbered anew: ids may have gaps as large as they like.
    this.#tokens = Object.keys(json.model.vocab);
    this.#ids = new Map(this.#tokens.map((token, number) => [token, number]));
    for (const [rank, merge] of json.model.merges!.entries()) {
      const [left, right] = (typeof merge === "string" ? merge.split(" ") : merge) as [string, string];
      const key = this.#ids.get(left)! * MAX_TOKENS + this.#ids.get(right)!;
      if (!this.#merges.has(key)) this.#merges.set(key, { rank, id: this.#ids.get(left + right)! });
    }
    const whole = this.library.model.bpe!.bind(this.library.model);
    this.library.model.bpe = (word) => (word.length > LONGEST ? whole(word) : this.#segment(Array.from(word)));
  }

  /**
   * Draws anew for a text, which `library` then encodes.
   * @throws HeedError INPUT_INVALID for a rate or a seed that is none
   */
  draw(text: string, { rate, seed }: MergeDropout): void {
    if (!(typeof rate === "number" && rate >= 0 && rate <= 1)) {
      throw new HeedError("INPUT_INVALID", `dropout.rate must be a number from 0 to 1, not ${rate}.`);
    }
    if (!Number.isSafeInteger(seed)) {
      throw new HeedError("INPUT_INVALID", `dropout.seed must be a whole number, not ${seed}.`);
    }
    this.#random = createRandom(seed, text);
    this.#rate = rate;
  }

  /** @param spelling The characters of a word, which become its tokens. */
  #segment(spelling: string[]): string[] {
    const ids = spelling.map((character) => this.#ids.get(character) ?? Number.NaN);
    for (;;) {
      let first: { readonly at: number; readonly rank: number; readonly id: number } | undefined;
      for (let at = 0; at + 1 < ids.length; at++) {
        const merge = this.#merges.get(ids[at]! * MAX_TOKENS + ids[at + 1]!);
        if (merge === undefined || this.#random.uniform() < this.#rate) continue;
        if (first === undefined || merge.rank < first.rank) first = { at, ...merge };
      }
      if (first === undefined) return spelling;
      ids.splice(first.at, 2, first.id);
      spelling.splice(first.at, 2, this.#tokens[first.id]!);
    }
  }
}
