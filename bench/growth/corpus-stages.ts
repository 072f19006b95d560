import type { ParallelFiles } from "./synthetic-corpus.ts";

export interface CorpusJob extends ParallelFiles {
  /** Where the corpus's own temporary file goes. */
  readonly workDir: string;
  /** Source sentences held out, as a training does. */
  readonly validation: number;
  readonly vocabSize: number;
  readonly maxTokens: number;
}

/** What happens to a corpus before and while a model trains on it, in this order. */
export const stages = ["read", "tokenizer", "encode", "shuffle", "batch"] as const;

export type Stage = (typeof stages)[number];

export interface StageResult {
  readonly seconds: number;
  /** The most memory that the process has had resident so far. */
  readonly peakBytes: number;
}
