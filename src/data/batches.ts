import { HeedError } from "../error.ts";
import { batchCount, batchExamples, type EpochOptions, planEpoch } from "./batch.ts";
import type { EncodedCorpus } from "./encoded.ts";
import type { EncodedRows } from "./token-store.ts";

/** A place in the endless stream of batches: with the seed it fully determines what follows. */
export interface BatchPosition {
  readonly epoch: number;
  /** The number of the batch within the epoch, from 0. */
  readonly batch: number;
}

export interface Batch extends EncodedRows {
  readonly position: BatchPosition;
  /** Where to resume after this batch. */
  readonly next: BatchPosition;
  readonly batchesInEpoch: number;
  /** The numbers of the pairs in the corpus. */
  readonly indices: Uint32Array;
}

export interface BatchOptions extends Omit<EpochOptions, "epoch"> {
  /** Default: the very beginning. */
  readonly from?: BatchPosition | undefined;
}

/**
 * Batches of a corpus, epoch after epoch, without end: stop by leaving the loop. In each epoch every pair occurs once
 * (see `planEpoch`).
 * @throws HeedError DATA_INVALID for an empty corpus; INPUT_INVALID for a position that its epoch does not have; ABORTED
 */
export async function* batches(corpus: EncodedCorpus, options: BatchOptions): AsyncGenerator<Batch, never, undefined> {
  if (corpus.size === 0) throw new HeedError("DATA_INVALID", "There are no pairs to make batches of.");
  const sides = [corpus.sourceLengths, corpus.targetLengths];
  let { epoch, batch: first } = options.from ?? { epoch: 0, batch: 0 };
  for (; ; epoch++, first = 0) {
    const plan = await planEpoch(sides, { ...options, epoch });
    const count = batchCount(plan);
    if (first >= count) {
      const what = `Epoch ${epoch} has ${count} batches, so there is no batch ${first} to resume at`;
      throw new HeedError("INPUT_INVALID", `${what}. Did the data, maxTokens or window change?`);
    }
    for (let batch = first; batch < count; batch++) {
      const indices = batchExamples(plan, batch);
      const next = batch + 1 < count ? { epoch, batch: batch + 1 } : { epoch: epoch + 1, batch: 0 };
      yield { position: { epoch, batch }, next, batchesInEpoch: count, indices, ...(await corpus.rows(indices)) };
    }
  }
}
