import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import { equal, greater, mul, sub, where } from "../ops/binary.ts";
import { scalarConstant } from "../ops/constant.ts";
import { gather, range } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape, slice } from "../ops/shape.ts";
import { cast } from "../ops/unary.ts";
import type { Past } from "./context.ts";

/**
 * The sinusoidal positions of "Attention Is All You Need", 3.5: angle(pos, j) = pos / 10000^(2j / dModel). The paper
 * interleaves sine and cosine; here, as in Marian and Pegasus, the sines fill the first half of a row and the cosines
 * the second, which is the same up to a permutation of dimensions.
 *
 * Shape: → [positions, dModel].
 */
export function sinusoidalPositions(positions: number, dModel: number): TensorData<"float32"> {
  const table = new Float32Array(positions * dModel);
  const half = Math.ceil(dModel / 2);
  const wavelengths = Float64Array.from({ length: half }, (_, j) => 10000 ** ((2 * j) / dModel));
  for (let position = 0; position < positions; position++) {
    for (let j = 0; j < dModel; j++) {
      const sine = j < half;
      const angle = position / wavelengths[sine ? j : j - half]!;
      table[position * dModel + j] = sine ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return float32([positions, dModel], table);
}

/**
 * The rows of a table of positions: the first ones, or in decoding those behind the past.
 *
 * Shape: table [positions, dModel] → [count, dModel] or [batch, count, dModel].
 */
export function positionRows(table: Tensor, count: Dim, past?: Past): Tensor {
  return past === undefined ? slice(table, 0, 0, count) : gather(table, past.positions);
}

/** How far behind the query a key stands, as a negative number. Shape: → [1 or batch, 1, count, count or past + count] int32. */
export function relativePositions(count: Dim, past?: Past): Tensor {
  if (past === undefined) return sub(reshape(range(count), [1, 1, 1, count]), reshape(range(count), [1, 1, count, 1]));
  const [batch, keys] = past.keyPositions.shape as [Dim, Dim];
  return sub(reshape(past.keyPositions, [batch, 1, 1, keys]), reshape(past.positions, [batch, 1, count, 1]));
}

/**
 * Counts the tokens that are no padding, from 1; padding has 0. (fairseq's positions, from which RoBERTa has them.)
 *
 * Shape: ids [batch, count] int32 → as ids.
 */
export function countedPositions(ids: Tensor, padTokenId: number): Tensor {
  const count = ids.shape[1]!;
  const isToken = where(equal(ids, padTokenId), 0, scalarConstant(1));
  const isLater = greater(reshape(range(count), [count, 1]), reshape(range(count), [1, count]));
  const tokensUpTo = matmul(isToken, where(isLater, 0, scalarConstant(1)));
  return cast(mul(isToken, tokensUpTo), "int32");
}
