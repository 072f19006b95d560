import type { Tensor } from "../graph/tensor.ts";
import { equal, where } from "../ops/binary.ts";
import { scalarConstant } from "../ops/constant.ts";
import { gather } from "../ops/gather.ts";
import { reshape } from "../ops/shape.ts";
import { maskGradient } from "../ops/unary.ts";

/**
 * Rows of a table, of which that of padding is never trained, as in PyTorch's Embedding with a `padding_idx`.
 *
 * Shape: table [rows, width], ids [batch, positions] int32 → [batch, positions, width].
 */
export function lookUp(table: Tensor, ids: Tensor, paddingId: number): Tensor {
  const isTrained = where(equal(ids, paddingId), 0, scalarConstant(1));
  return maskGradient(gather(table, ids), reshape(isTrained, [...ids.shape, 1]));
}
