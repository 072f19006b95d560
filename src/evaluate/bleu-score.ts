import { HeedError } from "../error.ts";
import { formatTwoDecimals } from "./signature.ts";

/**
 * What stands for the matches of an n-gram order that has none (Chen and Cherry 2014, section 3): "exp" halves an
 * assumed match with each such order (method 3), "floor" assumes a small constant (method 1), "add-k" adds to the
 * matches and totals of all orders from 2 (method 2), and "none" lets the score be 0.
 */
export type SmoothingMethod = "exp" | "floor" | "add-k" | "none";

/** The value a method takes unless another is given; null for the methods that take none. */
const DEFAULT_VALUES: Readonly<Record<SmoothingMethod, number | null>> = {
  exp: null,
  floor: 0.1,
  "add-k": 1,
  none: null,
};

/**
 * The value to smooth with.
 * @throws HeedError "CONFIG_INVALID" if the method does not exist or the value is no number from 0.
 */
export function checkSmoothing(method: SmoothingMethod, value: number | undefined): number {
  if (!Object.hasOwn(DEFAULT_VALUES, method)) {
    const methods = Object.keys(DEFAULT_VALUES).join(", ");
    throw new HeedError("CONFIG_INVALID", `There is no BLEU smoothing "${method}". Use one of: ${methods}.`);
  }
  const chosen = value ?? DEFAULT_VALUES[method] ?? 0;
  if (!(Number.isFinite(chosen) && chosen >= 0)) {
    throw new HeedError("CONFIG_INVALID", `BLEU's smoothValue must be a number from 0, not ${chosen}.`);
  }
  return chosen;
}

/** The method as signatures name it, with the value if it takes one: "add-k[1.00]". */
export function smoothingName(method: SmoothingMethod, value: number): string {
  return DEFAULT_VALUES[method] === null ? method : `${method}[${formatTwoDecimals(value)}]`;
}

/** A corpus in numbers; arrays are indexed by n-gram order less one. */
interface CorpusStatistics {
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

interface ScoreOptions {
  readonly smoothMethod: SmoothingMethod;
  readonly smoothValue: number;
  readonly effectiveOrder: boolean;
}

/**
 * BLEU = brevity penalty · geometric mean of the n-gram precisions (Papineni et al. 2002, section 2.3), in percent. A
 * corpus without any match has score 0 and precisions 0, whatever the smoothing.
 */
export function bleuScore(corpus: CorpusStatistics, options: ScoreOptions) {
  const counts = [...corpus.counts];
  const totals = [...corpus.totals];
  const precisions = counts.map(() => 0);
  const brevityPenalty = brevityPenaltyOf(corpus.hypothesisLength, corpus.referenceLength);
  let score = 0;
  if (counts.some((count) => count > 0)) {
    if (options.smoothMethod === "add-k") addToHigherOrders(counts, totals, options.smoothValue);
    const reached = fillPrecisions(precisions, counts, totals, options);
    score = brevityPenalty * geometricMean(options.effectiveOrder ? precisions.slice(0, reached) : precisions);
  }
  return {
    score,
    precisions,
    brevityPenalty,
    hypothesisLength: corpus.hypothesisLength,
    referenceLength: corpus.referenceLength,
    counts,
    totals,
  };
}

function brevityPenaltyOf(hypothesisLength: number, referenceLength: number): number {
  if (hypothesisLength >= referenceLength) return 1;
  return hypothesisLength === 0 ? 0 : Math.exp(1 - referenceLength / hypothesisLength);
}

function addToHigherOrders(counts: number[], totals: number[], k: number): void {
  for (let n = 1; n < counts.length; n++) {
    counts[n]! += k;
    totals[n]! += k;
  }
}

/** Fills in the precisions up to the first order without n-grams, and returns how many orders that are. */
function fillPrecisions(
  precisions: number[],
  counts: readonly number[],
  totals: readonly number[],
  { smoothMethod, smoothValue }: ScoreOptions,
): number {
  let assumed = 1;
  for (const [n, total] of totals.entries()) {
    if (total === 0) return n;
    let matches = counts[n]!;
    if (matches === 0 && smoothMethod === "exp") {
      assumed /= 2;
      matches = assumed;
    } else if (matches === 0 && smoothMethod === "floor") {
      matches = smoothValue;
    }
    precisions[n] = (100 * matches) / total;
  }
  return totals.length;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
