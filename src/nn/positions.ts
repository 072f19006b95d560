import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import { add, equal, greater, mul, sub, where } from "../ops/binary.ts";
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
  return float32([positions, dModel], sinusoids(0, positions, dModel, dModel / 2));
}

/**
 * The sinusoidal positions of fairseq and tensor2tensor, which M2M-100 has: wavelengths reach 10000 · 2π itself, and the
 * first position has the number behind the padding token's id. A row of zeros, that of padding, stands before them.
 *
 * Shape: → [1 + positions, dModel].
 */
export function fairseqPositions(positions: number, dModel: number, padTokenId: number): TensorData<"float32"> {
  const table = sinusoids(padTokenId, 1 + positions, dModel, dModel / 2 - 1);
  return float32([1 + positions, dModel], table.fill(0, 0, dModel));
}

/** Row after row of sin(angle), then cos(angle), of angle(pos, j) = pos / 10000^(j / steps). */
function sinusoids(first: number, rows: number, dModel: number, steps: number): Float32Array<ArrayBuffer> {
  const table = new Float32Array(rows * dModel);
  const half = Math.ceil(dModel / 2);
  const wavelengths = Float64Array.from({ length: half }, (_, j) => 10000 ** (j / steps));
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < dModel; j++) {
      const sine = j < half;
      const angle = (first + row) / wavelengths[sine ? j : j - half]!;
      table[row * dModel + j] = sine ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return table;
}

/**
 * The numbers of tokens that are not padding, counted from 1 or, in decoding, behind the past; 0 for padding.
 *
 * Shape: ids [batch, count] → [batch, count] int32.
 */
export function tokenNumbers(ids: Tensor, padTokenId: number, past?: Past): Tensor {
  const isToken = where(equal(ids, padTokenId), 0, scalarConstant(1, "int32"));
  return mul(isToken, past === undefined ? runningSum(isToken) : add(past.positions, 1));
}

/** The sum of each number and those before it. Shape: [batch, count] int32 → as it. */
function runningSum(x: Tensor): Tensor {
  const count = x.shape[1]!;
  const places = range(count);
  const isBehind = greater(reshape(places, [count, 1]), reshape(places, [1, count]));
  return cast(matmul(cast(x, "float32"), where(isBehind, 0, 1)), "int32");
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
