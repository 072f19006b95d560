import { type Dim, subDims } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scalarConstant } from "../ops/constant.ts";
import { broadcastTo } from "../ops/reduce.ts";
import { concat, slice } from "../ops/shape.ts";

/**
 * What a decoder reads of a source to classify it: the source behind the token that starts the decoder.
 *
 * Shape: ids [batch, source] → as ids.
 */
export function shiftedRight(ids: Tensor, { decoderStartTokenId }: { readonly decoderStartTokenId: number }): Tensor {
  const [batch, source] = ids.shape as [Dim, Dim];
  const start = broadcastTo(scalarConstant(decoderStartTokenId, "int32"), [batch, 1]);
  return concat([start, slice(ids, 1, 0, subDims(source, 1))], 1);
}
