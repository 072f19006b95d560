import type { ScoredToken, TokenProbability } from "../inspect/index.ts";
import type { Candidates } from "./candidates.ts";

/** A sequence that a model wrote. */
export interface Generation {
  /** The tokens, the end-of-sentence token included where the sequence ended by itself. */
  readonly ids: readonly number[];
  /** The sum of the tokens' log-probabilities, divided by length^lengthPenalty. */
  readonly score: number;
  /** The tokens with the log-probabilities that the model gave them, whatever the temperature. */
  readonly tokens: readonly ScoredToken[];
  /** Whether the sequence ended by itself, and was not cut at the longest length. */
  readonly finished: boolean;
}

/** A row of the next step: which row it continues, and with which token. */
export interface Continuation {
  readonly row: number;
  readonly id: number;
}

/** What to do with the candidates of one input: greedy decoding, beam search and sampling differ in nothing else. */
export interface Search {
  /**
   * Chooses among the candidates of each row of this input. At first there is one row; afterwards there are those that
   * the last call returned, in that order.
   *
   * @returns The rows of the next step; none when the search is over.
   */
  advance(rows: readonly Candidates[]): readonly Continuation[];
  /** What was found, best first. */
  results(): Generation[];
}

/** How a search knows when a sequence ends. */
export interface Ending {
  /** Tokens with which a sequence ends. */
  readonly ends: readonly number[];
  readonly maxNewTokens: number;
}

/** The candidate at `index` as a token of a sequence, with the `top` most probable ones beside it. */
export function tokenAt(candidates: Candidates, index: number, top: number): ScoredToken {
  const { ids, logProbs } = candidates;
  const best: TokenProbability[] = [];
  for (let i = 0; i < Math.min(top, ids.length); i++) best.push({ id: ids[i]!, logProb: logProbs[i]! });
  return { id: ids[index]!, logProb: logProbs[index]!, top: best };
}

/** A sum of log-probabilities made comparable across lengths, in float32 as in PyTorch. */
export function normalizedScore(sum: number, length: number, lengthPenalty: number): number {
  return Math.fround(sum / Math.fround(length ** lengthPenalty));
}
