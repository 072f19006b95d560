import type { Random } from "../random.ts";
import type { Candidates } from "./candidates.ts";

export interface SamplingOptions {
  /** Log-probabilities are divided by it. */
  readonly temperature: number;
  /** Draw among the k most probable tokens only. */
  readonly topK?: number | undefined;
  /** Draw among the fewest most probable tokens whose probabilities add up to it (Holtzman et al. 2020). */
  readonly topP: number;
}

/** Tokens and their probabilities, which add up to 1. */
export interface Distribution {
  readonly ids: Int32Array;
  readonly probabilities: Float64Array;
}

/**
 * The distribution that sampling draws from: the model's, with temperature, then restricted to the topK tokens, then to
 * topP of what is left; the order of Hugging Face's library.
 */
export function samplingDistribution(candidates: Candidates, options: SamplingOptions): Distribution {
  const { ids, logProbs } = pool(candidates, options.topK);
  const max = logProbs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(logProbs, (logProb) => Math.exp((logProb - max) / options.temperature));
  const whole = normalized(ids, weights);
  return options.topP < 1 ? nucleus(whole, options.topP) : whole;
}

/** Draws a token. */
export function draw({ ids, probabilities }: Distribution, random: Random): number {
  let left = random.uniform();
  for (let i = 0; i < ids.length; i++) {
    left -= probabilities[i]!;
    if (left < 0) return ids[i]!;
  }
  // Rounding may leave a rest behind: then it is the last token that can be drawn at all.
  return ids[probabilities.findLastIndex((probability) => probability > 0)]!;
}

function pool({ ids, logProbs, all }: Candidates, topK: number | undefined) {
  if (topK !== undefined) return { ids: ids.subarray(0, topK), logProbs: logProbs.subarray(0, topK) };
  if (all === undefined) return { ids, logProbs };
  return { ids: Int32Array.from(all, (_, id) => id), logProbs: all };
}

function normalized(ids: Int32Array, weights: Float64Array): Distribution {
  const total = weights.reduce((a, b) => a + b, 0);
  return { ids, probabilities: weights.map((weight) => weight / total) };
}

/**
 * Tokens each of a probability below (1 − p) / n make up less than 1 − p, so that none of them is in the nucleus: only the
 * others, few in a large vocabulary, need be sorted.
 */
function nucleus({ ids, probabilities }: Distribution, topP: number): Distribution {
  const most = probabilities.reduce((a, b) => Math.max(a, b), 0);
  // The most probable one is always in it, also where all are equally so and rounding would leave none.
  const floor = Math.min((1 - topP) / ids.length, most);
  const likely = [...probabilities.keys()].filter((i) => probabilities[i]! >= floor);
  likely.sort((a, b) => probabilities[b]! - probabilities[a]!);
  let before = 0;
  const kept = likely.filter((i) => {
    const isKept = before < topP;
    before += probabilities[i]!;
    return isKept;
  });
  return normalized(
    Int32Array.from(kept, (i) => ids[i]!),
    Float64Array.from(kept, (i) => probabilities[i]!),
  );
}
