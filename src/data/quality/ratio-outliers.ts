import type { ReadPair } from "../pair.ts";

/** How the lengths of the two sides relate. */
export interface RatioSummary {
  /** The median of target length / source length. */
  readonly median: number;
  /** Pairs whose ratio is more than three times the median, or less than a third of it. */
  readonly count: number;
  /** The most extreme of them, at most five on either end. */
  readonly examples: readonly ReadPair[];
}

const OUTLIER = Math.log2(3);
const STEPS = 32;
const RANGE = 12;
const EXAMPLES = 5;
/** Ratios of very short texts say nothing. */
const SHORT = 10;

interface Extreme {
  readonly ratio: number;
  readonly pair: ReadPair;
}

/**
 * Finds pairs whose lengths do not fit together. What fits depends on the languages (Chinese takes a third of the
 * characters of English), so the corpus itself is the measure; ratios are counted in steps of 2%, in a fixed 6 KiB.
 */
export class RatioOutliers {
  readonly #counts = new Float64Array(2 * RANGE * STEPS + 1);
  #count = 0;
  #lowest: Extreme[] = [];
  #highest: Extreme[] = [];

  /** @param shown the pair as it would be shown among the examples; neither length may be 0 */
  add(sourceLength: number, targetLength: number, shown: ReadPair): void {
    if (Math.max(sourceLength, targetLength) <= SHORT) return;
    const ratio = Math.log2(targetLength / sourceLength);
    const step = Math.round(ratio * STEPS) + RANGE * STEPS;
    this.#counts[Math.max(0, Math.min(this.#counts.length - 1, step))]!++;
    this.#count++;
    this.#lowest = withExtreme(this.#lowest, { ratio, pair: shown }, (a, b) => a - b);
    this.#highest = withExtreme(this.#highest, { ratio, pair: shown }, (a, b) => b - a);
  }

  summary(): RatioSummary {
    if (this.#count === 0) return { median: 1, count: 0, examples: [] };
    const median = this.#median();
    const isOutlier = (ratio: number) => Math.abs(ratio - median) > OUTLIER;
    const count = this.#counts.reduce((sum, count, step) => (isOutlier(ratioOf(step)) ? sum + count : sum), 0);
    const examples = [...this.#lowest, ...this.#highest]
      .filter(({ ratio }) => isOutlier(ratio))
      .map(({ pair }) => pair);
    return { median: 2 ** median, count, examples: [...new Set(examples)] };
  }

  #median(): number {
    let seen = 0;
    return ratioOf(
      this.#counts.findIndex((count) => {
        seen += count;
        return seen * 2 >= this.#count;
      }),
    );
  }
}

/** The base-2 logarithm of the ratios that are counted in a step. */
function ratioOf(step: number): number {
  return step / STEPS - RANGE;
}

function withExtreme(extremes: Extreme[], added: Extreme, compare: (a: number, b: number) => number): Extreme[] {
  const last = extremes[EXAMPLES - 1];
  if (last !== undefined && compare(added.ratio, last.ratio) >= 0) return extremes;
  return [...extremes, added].sort((a, b) => compare(a.ratio, b.ratio)).slice(0, EXAMPLES);
}
