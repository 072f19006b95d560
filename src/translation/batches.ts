import { batchCount, batchExamples, planEpoch } from "../data/batch.ts";
import { collate } from "../data/collate.ts";
import type { EncodedCorpus } from "../data/encoded.ts";
import type { EncodedRows } from "../data/token-store.ts";
import { int32 } from "../graph/tensor-data.ts";
import { IGNORED_LABEL } from "../ops/cross-entropy.ts";
import type { Batch, BatchSource } from "../train/batches.ts";
import type { Spellings } from "./spellings.ts";

export interface TranslationBatchOptions {
  readonly seed: number;
  /** Padded tokens of a batch: rows × (longest source + longest target). */
  readonly maxTokens: number;
  readonly padTokenId: number;
  readonly decoderStartTokenId: number;
}

/**
 * Batches of sentence pairs for an encoder–decoder: similar lengths together, another order in each epoch.
 * @param spellings The pairs as each epoch spells them; unless given, as `pairs` are.
 */
export function translationBatches(
  pairs: EncodedCorpus,
  options: TranslationBatchOptions,
  spellings?: Pick<Spellings, "ofEpoch"> | undefined,
): BatchSource {
  return {
    fingerprint: pairs.fingerprint,
    async epoch(epoch) {
      const corpus = (await spellings?.ofEpoch(epoch)) ?? pairs;
      const plan = await planEpoch([corpus.sourceLengths, corpus.targetLengths], { ...options, epoch });
      return {
        length: batchCount(plan),
        batch: async (index) => translationBatch(await corpus.rows(batchExamples(plan, index)), options),
      };
    },
  };
}

/** Pads rows of ids to a batch. The decoder's inputs are the labels, shifted right behind the start token. */
export function translationBatch(
  { source, target }: EncodedRows,
  ids: Pick<TranslationBatchOptions, "padTokenId" | "decoderStartTokenId">,
): Batch {
  const sources = collate(source, ids.padTokenId);
  const shifted = target.map((row) => [ids.decoderStartTokenId, ...row.subarray(0, row.length - 1)]);
  const decoderInputs = collate(shifted, ids.padTokenId);
  const labels = collate(target, IGNORED_LABEL);
  const count = (rows: readonly ArrayLike<number>[]) => rows.reduce((sum, row) => sum + row.length, 0);
  return {
    inputs: {
      inputIds: int32([sources.rows, sources.columns], sources.ids),
      attentionMask: int32([sources.rows, sources.columns], sources.mask),
      decoderInputIds: int32([labels.rows, labels.columns], decoderInputs.ids),
    },
    labels: int32([labels.rows, labels.columns], labels.ids),
    targetTokens: count(target),
    tokens: count(source) + count(target),
  };
}
