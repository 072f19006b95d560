import type { PairCorpus } from "./corpus.ts";
import { pages, release } from "./pages.ts";
import { type HeldOut, type SplitName, splitBounds, splitKey, splitOfKey } from "./split.ts";

export interface SplitOptions {
  readonly validation?: HeldOut | undefined;
  readonly test?: HeldOut | undefined;
}

/**
 * Splits a corpus by source sentence, so that no sentence is in two parts (see `splitBounds`). The parts are subsets:
 * they share the corpus's text. Takes 8 bytes a pair for a moment, 9 bits for each part for good.
 */
export async function splitBySource(
  corpus: PairCorpus,
  options: SplitOptions,
  signal?: AbortSignal,
): Promise<Record<SplitName, PairCorpus>> {
  const keys = new Float64Array(pages(8 * corpus.size));
  let at = 0;
  for await (const block of corpus.pairs(signal)) for (const { source } of block) keys[at++] = splitKey(source);
  const bounds = splitBounds(keys, options);
  const part = (name: SplitName) => corpus.subset((index) => splitOfKey(keys[index]!, bounds) === name);
  const parts = { train: part("train"), validation: part("validation"), test: part("test") };
  release(keys);
  return parts;
}
