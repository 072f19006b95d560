import type { TransformerConfig } from "../../src/models/index.ts";
import { type StoredBatch, shapeOf } from "./job.ts";

/**
 * Floating-point operations of the matrix products of one training step, padding included: 2 · m · k · n for each
 * product, and as many again for the gradient of either factor. All else (softmax, norms, dropout, Adam) counts as none.
 */
export function stepFlops(config: TransformerConfig, batch: StoredBatch): number {
  const { rows, source, target } = shapeOf(batch);
  const { dModel, encoderFfnDim, decoderFfnDim, encoderLayers, decoderLayers, vocabSize } = config;
  const projection = dModel * dModel;
  const encoderWeights = encoderLayers * (4 * projection + 2 * dModel * encoderFfnDim);
  const memoryWeights = decoderLayers * 2 * projection;
  const decoderWeights = decoderLayers * (6 * projection + 2 * dModel * decoderFfnDim) + dModel * vocabSize;
  const linear = source * (encoderWeights + memoryWeights) + target * decoderWeights;
  const attention = encoderLayers * source * source + decoderLayers * target * (target + source);
  return 3 * 2 * rows * (linear + 2 * dModel * attention);
}
