import type { TensorData } from "../graph/tensor-data.ts";

/** What one call of a training program is fed. */
export interface Batch {
  /** The model's inputs by name. */
  readonly inputs: Readonly<Record<string, TensorData>>;
  /** The token that each position should predict, −100 where none. Shape: [batch, target]. */
  readonly labels: TensorData<"int32">;
  /** Labels that count. */
  readonly targetTokens: number;
  /** Source and target tokens, padding left out. */
  readonly tokens: number;
}

/** The batches of one pass over the data. Any of them can be asked for, so that a run resumes where it was. */
export interface Epoch {
  readonly length: number;
  batch(index: number): Promise<Batch>;
}

/** Where batches come from: a function of the epoch alone, counted from 0. */
export interface BatchSource {
  /** Tells the data behind the batches from others. */
  readonly fingerprint: string;
  /** Tells by what the pairs of an epoch are put into batches: where that changes, so does what batch n is. */
  readonly order: string;
  epoch(epoch: number): Promise<Epoch>;
}
