import { checkConfig, type ModelFamily, type TransformerConfig, transformer } from "../../src/models/index.ts";

/** What a process of its own measures: one point of a curve. */
export interface PointJob {
  readonly config: TransformerConfig;
  readonly shape: Shape;
  readonly threads: number;
  /** How long to measure. */
  readonly seconds: number;
}

/** Tokens of a batch without padding: in decoding, `target` tokens are generated. */
export interface Shape {
  readonly rows: number;
  readonly source: number;
  readonly target: number;
}

/** Repetitions of one training step, or of decoding one batch. */
export interface Repetitions {
  readonly seconds: readonly number[];
  /** Of all cores together. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** The longest sequence of all curves. */
export const LONGEST = 512;

/** d = 128, 2 + 2 layers, d_ff = 512, 4 heads, one table for all uses of embeddings: Heed's default model. */
export function smallTransformer(vocabSize: number): TransformerConfig {
  const ids = { eosTokenId: 0, padTokenId: vocabSize - 1, decoderStartTokenId: vocabSize - 1 };
  const config = { vocabSize, maxPositionEmbeddings: LONGEST, ...ids };
  return checkConfig(transformer as unknown as ModelFamily<TransformerConfig>, config, "model");
}
