import { HeedError } from "../error.ts";

/** The references of one segment; null or undefined where a reference set has none for it. */
export type SegmentReferences = readonly (string | null | undefined)[];

/** Reference sets: `references[set][segment]`, each as long as the hypotheses. */
export type References = readonly SegmentReferences[];

/** A metric that gathers a corpus segment by segment. */
interface Accumulator {
  add(hypothesis: string, references: SegmentReferences): void;
}

/**
 * Adds every segment of a corpus to `accumulator`.
 * @throws HeedError "DATA_INVALID" if there are no hypotheses or no reference sets, or if their lengths differ.
 */
export function addCorpus(accumulator: Accumulator, hypotheses: readonly string[], references: References): void {
  checkCorpus(hypotheses, references);
  for (const [index, hypothesis] of hypotheses.entries()) {
    accumulator.add(
      hypothesis,
      references.map((set) => set[index]),
    );
  }
}

function checkCorpus(hypotheses: readonly string[], references: References): void {
  if (hypotheses.length === 0) throw new HeedError("DATA_INVALID", "There are no hypotheses to score.");
  if (references.length === 0) throw new HeedError("DATA_INVALID", "There are no references to score against.");
  for (const [index, set] of references.entries()) {
    if (!Array.isArray(set)) {
      throw new HeedError(
        "DATA_INVALID",
        `Reference set ${index + 1} is not an array. Give an array of reference sets, each an array of sentences: [["first reference", …], …].`,
      );
    }
    if (set.length !== hypotheses.length) {
      throw new HeedError(
        "DATA_INVALID",
        `There are ${hypotheses.length} hypotheses but reference set ${index + 1} has ${set.length} sentences. Give one reference per hypothesis, or null where a set has none.`,
      );
    }
  }
}

/**
 * The references that segment number `segment` (counted from 1) has.
 * @throws HeedError "DATA_INVALID", with the segment as line, if there are none or something is not a string.
 */
export function presentReferences(hypothesis: string, references: SegmentReferences, segment: number): string[] {
  const present = references.filter((reference) => reference !== null && reference !== undefined);
  if (present.length === 0) {
    throw new HeedError("DATA_INVALID", `Segment ${segment} has no reference. Leave it out, or give it one.`, {
      line: segment,
    });
  }
  if ([hypothesis, ...present].some((sentence) => typeof sentence !== "string")) {
    throw new HeedError("DATA_INVALID", `Segment ${segment} has something other than a string for a sentence.`, {
      line: segment,
    });
  }
  return present;
}
