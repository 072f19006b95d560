import { HeedError } from "../error.ts";

/** The label of positions that do not count, as in PyTorch's cross entropy. */
const IGNORED_LABEL = -100;

/** How many labelled tokens were predicted; the counts of batches may be added up. */
export interface TokenAccuracy {
  /** correct / total, 0 to 1. */
  readonly accuracy: number;
  readonly correct: number;
  /** Positions whose label is not −100. */
  readonly total: number;
}

/**
 * The share of labels that the predictions meet.
 *
 * @param predictions The most likely token id of each position.
 * @param labels As long as `predictions`: the right token id, or −100 where none counts.
 * @throws HeedError "DATA_INVALID" if the lengths differ or no label counts.
 */
export function tokenAccuracy(predictions: ArrayLike<number>, labels: ArrayLike<number>): TokenAccuracy {
  if (predictions.length !== labels.length) {
    throw new HeedError("DATA_INVALID", `There are ${predictions.length} predictions but ${labels.length} labels.`);
  }
  let correct = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === IGNORED_LABEL) continue;
    total++;
    if (predictions[i] === labels[i]) correct++;
  }
  if (total === 0) throw new HeedError("DATA_INVALID", "No label counts: there are none, or all are −100.");
  return { accuracy: correct / total, correct, total };
}
