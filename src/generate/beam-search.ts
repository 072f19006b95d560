import type { ScoredToken } from "../inspect/index.ts";
import type { Candidates } from "./candidates.ts";
import { type Continuation, type Ending, type Generation, normalizedScore, type Search, tokenAt } from "./search.ts";

export interface BeamOptions extends Ending {
  readonly numBeams: number;
  readonly numReturnSequences: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | "never";
  /** Alternatives to keep with each token. */
  readonly top: number;
}

/** A beginning of a sequence. It shares its own beginning with others. */
interface Hypothesis {
  readonly previous: Hypothesis | undefined;
  readonly token: ScoredToken;
  /** The sum of the tokens' log-probabilities, in float32 as in PyTorch. */
  readonly sum: number;
}

/** A hypothesis that may become one: a running one and a candidate to follow it. */
interface Extension {
  readonly row: number;
  readonly candidate: number;
  readonly id: number;
  readonly sum: number;
}

interface Finished {
  readonly hypothesis: Hypothesis;
  readonly length: number;
  readonly score: number;
}

/**
 * Beam search over one input, as Hugging Face's transformers 5 defines it (`GenerationMixin._beam_search`): the same
 * sequences and scores.
 *
 * Of all extensions of the running hypotheses the 2 · numBeams best are looked at, so that numBeams are left to go on
 * with even if all others end. One that ends counts only where it is among the numBeams best. Of all that have ended,
 * the numBeams with the best scores are kept.
 */
export class BeamSearch implements Search {
  readonly #options: BeamOptions;
  /** Undefined stands for the empty hypothesis before the first step. */
  #running: readonly (Hypothesis | undefined)[] = [undefined];
  #finished: Finished[] = [];
  #length = 0;

  constructor(options: BeamOptions) {
    this.#options = options;
  }

  advance(rows: readonly Candidates[]): readonly Continuation[] {
    const { numBeams, ends: endTokens, maxNewTokens } = this.#options;
    this.#length++;
    const extensions = this.#bestExtensions(rows);
    const ends = ({ id }: Extension) => this.#length === maxNewTokens || endTokens.includes(id);
    const extended = (extension: Extension) => this.#extended(extension, rows);
    this.#finish(extensions.slice(0, numBeams).filter(ends).map(extended));
    const open = extensions.filter((extension) => !ends(extension)).slice(0, numBeams);
    this.#running = open.map(extended);
    return this.#isOver() ? [] : open;
  }

  results(): Generation[] {
    return this.#finished.slice(0, this.#options.numReturnSequences).map(({ hypothesis, score }) => {
      const tokens = tokensOf(hypothesis);
      const finished = this.#options.ends.includes(hypothesis.token.id);
      return { ids: tokens.map(({ id }) => id), score, tokens, finished };
    });
  }

  #bestExtensions(rows: readonly Candidates[]): Extension[] {
    const considered = 2 * this.#options.numBeams;
    const extensions: Extension[] = [];
    rows.forEach(({ ids, logProbs }, row) => {
      const before = this.#running[row]?.sum ?? 0;
      for (let candidate = 0; candidate < Math.min(considered, ids.length); candidate++) {
        const sum = Math.fround(before + logProbs[candidate]!);
        extensions.push({ row, candidate, id: ids[candidate]!, sum });
      }
    });
    return extensions.sort((a, b) => b.sum - a.sum).slice(0, considered);
  }

  #extended({ row, candidate, sum }: Extension, rows: readonly Candidates[]): Hypothesis {
    return { previous: this.#running[row], token: tokenAt(rows[row]!, candidate, this.#options.top), sum };
  }

  #finish(hypotheses: readonly Hypothesis[]): void {
    const { numBeams, lengthPenalty } = this.#options;
    const length = this.#length;
    const scored = hypotheses.map((hypothesis) => {
      return { hypothesis, length, score: normalizedScore(hypothesis.sum, length, lengthPenalty) };
    });
    this.#finished = [...this.#finished, ...scored].sort((a, b) => b.score - a.score).slice(0, numBeams);
  }

  /** Whether no running hypothesis can, or is expected to, beat the worst of numBeams finished ones. */
  #isOver(): boolean {
    const { numBeams, lengthPenalty, earlyStopping, maxNewTokens } = this.#options;
    const best = this.#running[0];
    if (best === undefined) return true;
    if (this.#finished.length < numBeams) return false;
    if (earlyStopping === true) return true;
    const length = earlyStopping === "never" && lengthPenalty > 0 ? maxNewTokens : this.#length;
    return normalizedScore(best.sum, length, lengthPenalty) <= this.#finished.at(-1)!.score;
  }
}

function tokensOf(hypothesis: Hypothesis): ScoredToken[] {
  const tokens: ScoredToken[] = [];
  for (let at: Hypothesis | undefined = hypothesis; at !== undefined; at = at.previous) tokens.push(at.token);
  return tokens.reverse();
}
