import type { TransformerConfig } from "../../src/models/index.ts";
import { type StoredBatch, shapeOf } from "./job.ts";

/** The floating-point operations of one training step; see `shapeFlops`. */
export const stepFlops = (config: TransformerConfig, batch: StoredBatch): number => shapeFlops(config, shapeOf(batch));

/**
 * Floating-point operations of the matrix products of one training step, padding included: 2 · m · k · n for each
 * product, and as many again for the gradient of either factor. All else (softmax, norms, dropout, Adam) counts as none.
 */
export function shapeFlops(
  config: TransformerConfig,
  { rows, source, target }: { readonly rows: number; readonly source: number; readonly target: number },
): number {
  const { dModel, encoderFfnDim, decoderFfnDim, encoderLayers, decoderLayers, vocabSize } = config;
  const projection = dModel * dModel;
  const encoderWeights = encoderLayers * (4 * projection + 2 * dModel * encoderFfnDim);
  const memoryWeights = decoderLayers * 2 * projection;
  const decoderWeights = decoderLayers * (6 * projection + 2 * dModel * decoderFfnDim) + dModel * vocabSize;
  const linear = source * (encoderWeights + memoryWeights) + target * decoderWeights;
  const attention = encoderLayers * source * source + decoderLayers * target * (target + source);
  return 3 * 2 * rows * (linear + 2 * dModel * attention);
}
