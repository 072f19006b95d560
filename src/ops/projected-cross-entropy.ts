import { HeedError } from "../error.ts";
import { apply, type OpDef, type Tensor } from "../graph/tensor.ts";
import {
  countedColumn,
  emitProjected,
  inferProjected,
  type ProjectionAttrs,
  projectedGradients,
} from "./projected-logits.ts";

/** Outputs: the loss of each position, and the probabilities, of which no gradient may be asked. */
export const projectedCrossEntropyOp: OpDef<ProjectionAttrs> = {
  name: "projectedCrossEntropy",
  infer: ([states, weight, labels], attrs) =>
    inferProjected("projectedCrossEntropy", [states!, weight!, labels!], attrs),
  vjp([dLoss, dProbabilities], { inputs: [states, weight, labels], outputs: [, probabilities], attrs }) {
    if (dProbabilities) throw new HeedError("GRAPH_INVALID", "projectedCrossEntropy is differentiated only once.");
    const counted = countedColumn(dLoss!, labels!);
    const parts = [{ matrix: probabilities!, factors: [counted] }];
    const projected = { states: [states!], weight: weight!, labels: labels!, dLoss: counted, parts };
    const { dStates, dWeight } = projectedGradients(projected, attrs);
    return [dStates[0]!, dWeight, null];
  },
  scratch: ([states, weight, labels], attrs) => [
    inferProjected("projectedCrossEntropy", [states!, weight!, labels!], attrs)[1],
  ],
  onnx(emit, [states, weight, labels], { inputs, attrs }) {
    const types = [inputs[0]!, inputs[1]!] as const;
    const { probabilities, loss, ignored } = emitProjected(emit, [states!, weight!, labels!], types, attrs);
    return [emit.node("Where", [ignored, emit.scalar(0, types[0].dtype), loss])[0]!, probabilities];
  },
};

/**
 * `crossEntropy` of the logits states · weight, without their gradient ever in memory.
 *
 * Shape: states [positions, d], weight [vocabulary, d] if transposed, else [d, vocabulary], labels [positions] int32
 * → loss [positions], 0 where the label is −100.
 */
export function projectedCrossEntropy(
  states: Tensor,
  weight: Tensor,
  labels: Tensor,
  { smoothing = 0, transposed = false }: Partial<ProjectionAttrs> = {},
): Tensor {
  return apply(projectedCrossEntropyOp, [states, weight, labels], { smoothing, transposed })[0]!;
}
