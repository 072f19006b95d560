import type { Tensor } from "../graph/tensor.ts";
import { add } from "../ops/binary.ts";
import { matmul } from "../ops/matmul.ts";

/** What a projection to the vocabulary has of its own. */
export interface Projection {
  /** [width, vocabSize]; the embeddings are in its place where there is none. */
  readonly weight?: Tensor;
  /** [vocabSize] */
  readonly bias?: Tensor;
}

/**
 * The scores of all tokens, by the embeddings where the projection has no matrix ("Attention Is All You Need", 3.4).
 *
 * Shape: embedding [vocabSize, width], x [..., width] → [..., vocabSize].
 */
export function tokenScores({ weight, bias }: Projection, embedding: Tensor, x: Tensor): Tensor {
  const scores = weight ? matmul(x, weight) : matmul(x, embedding, { transB: true });
  return bias ? add(scores, bias) : scores;
}
