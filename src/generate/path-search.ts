import type { ScoredToken } from "../inspect/index.ts";
import type { Candidates } from "./candidates.ts";
import { type Continuation, type Ending, type Generation, normalizedScore, type Search, tokenAt } from "./search.ts";

export interface PathOptions extends Ending {
  readonly lengthPenalty: number;
  /** Alternatives to keep with each token. */
  readonly top: number;
}

/** Chooses the next token of the sequence of that index. */
export type Choose = (candidates: Candidates, sequence: number) => number;

/** The most probable token: greedy decoding. */
export const mostProbable: Choose = ({ ids }) => ids[0]!;

/** Sequences of which each follows one path, token by token: greedy decoding has one of them, sampling any number. */
export class PathSearch implements Search {
  readonly #options: PathOptions;
  readonly #choose: Choose;
  readonly #sequences: ScoredToken[][];
  #running: number[];

  constructor(count: number, choose: Choose, options: PathOptions) {
    this.#options = options;
    this.#choose = choose;
    this.#sequences = Array.from({ length: count }, () => []);
    this.#running = [...this.#sequences.keys()];
  }

  /** The tokens so far of the sequence of that index. */
  tokens(sequence: number): readonly ScoredToken[] {
    return this.#sequences[sequence]!;
  }

  advance(rows: readonly Candidates[]): readonly Continuation[] {
    const continuations: Continuation[] = [];
    this.#running = this.#running.filter((sequence, i) => {
      const row = rows.length === 1 ? 0 : i;
      const token = this.#next(rows[row]!, sequence);
      const tokens = this.#sequences[sequence]!;
      tokens.push(token);
      const goesOn = !this.#options.ends.includes(token.id) && tokens.length < this.#options.maxNewTokens;
      if (goesOn) continuations.push({ row, id: token.id });
      return goesOn;
    });
    return continuations;
  }

  /** In the order of the sequences. */
  results(): Generation[] {
    const { lengthPenalty, ends } = this.#options;
    return this.#sequences.map((tokens) => {
      const sum = tokens.reduce((total, { logProb }) => Math.fround(total + logProb), 0);
      const score = normalizedScore(sum, tokens.length, lengthPenalty);
      return { ids: tokens.map(({ id }) => id), score, tokens, finished: ends.includes(tokens.at(-1)!.id) };
    });
  }

  #next(candidates: Candidates, sequence: number): ScoredToken {
    const id = this.#choose(candidates, sequence);
    const index = candidates.ids.indexOf(id);
    const token = tokenAt(candidates, Math.max(0, index), this.#options.top);
    return index < 0 ? { ...token, id, logProb: candidates.all![id]! } : token;
  }
}
