import { batchCount, batchExamples, planEpoch } from "../data/batch.ts";
import type { EncodedCorpus } from "../data/encoded.ts";
import type { EncodedRows } from "../data/token-store.ts";
import { padRows, teacherForced } from "../inference/sequences.ts";
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
  spellings?: Pick<Spellings, "ofEpoch" | "order"> | undefined,
): BatchSource {
  return {
    fingerprint: pairs.fingerprint,
    order: `seed ${options.seed}, maxTokens ${options.maxTokens}${spellings === undefined ? "" : `, ${spellings.order}`}`,
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

/** Pads rows of ids to a batch. */
export function translationBatch(
  { source, target }: EncodedRows,
  ids: Pick<TranslationBatchOptions, "padTokenId" | "decoderStartTokenId">,
): Batch {
  const count = (rows: readonly ArrayLike<number>[]) => rows.reduce((sum, row) => sum + row.length, 0);
  return {
    inputs: teacherForced(source, target, ids),
    labels: padRows(target, IGNORED_LABEL),
    targetTokens: count(target),
    tokens: count(source) + count(target),
  };
}
