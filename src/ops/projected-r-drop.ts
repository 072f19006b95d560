import { HeedError } from "../error.ts";
import { shapeEquals } from "../graph/dim.ts";
import { apply, type Emit, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";
import { add, mul, sub } from "./binary.ts";
import {
  countedColumn,
  emitProjected,
  inferProjected,
  type ProjectionAttrs,
  projectedGradients,
} from "./projected-logits.ts";
import { sum } from "./reduce.ts";

/** Of `projectedRDrop`. */
export interface RDropAttrs extends ProjectionAttrs {
  /** α. */
  readonly weight: number;
}

/**
 * Inputs: the states of two passes, the weight, the labels. With x and y the logits of the passes, p and q their
 * softmax, and δ = x − y, the normalizers of p and q cancel out of the divergence:
 *
 * KL(p‖q) + KL(q‖p) = Σ (p − q) · (log p − log q) = Σ p · δ − Σ q · δ
 *
 * Outputs: the loss of each position, and p, q, p · δ and q · δ, of which no gradient may be asked.
 */
export const projectedRDropOp: OpDef<RDropAttrs> = {
  name: "projectedRDrop",
  infer([first, second, weight, labels], attrs) {
    if (!shapeEquals(first!.shape, second!.shape)) {
      throw shapeError("projectedRDrop", "states of the same shape", [first!, second!]);
    }
    const [loss, logits] = inferProjected("projectedRDrop", [first!, weight!, labels!], attrs);
    return [loss, logits, logits, logits, logits];
  },
  vjp([dLoss, ...others], { inputs: [first, second, weight, labels], outputs, attrs }) {
    if (others.some((d) => d !== null)) {
      throw new HeedError("GRAPH_INVALID", "projectedRDrop is differentiated only once.");
    }
    const [, p, q, pDelta, qDelta] = outputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const counted = countedColumn(dLoss!, labels!);
    const half = mul(counted, 1 / 2);
    const agree = mul(counted, attrs.weight / 4);
    const disagree = mul(counted, -attrs.weight / 4);
    const rowSums = (matrix: Tensor) => sum(matrix, [-1], true);
    // The divergence's gradients: of x it is p · (1 − Σ p · δ) − q + p · δ, of y it is q · (1 + Σ q · δ) − p − q · δ.
    const parts = [
      { matrix: p, factors: [add(half, mul(agree, sub(1, rowSums(pDelta)))), disagree] },
      { matrix: q, factors: [disagree, add(half, mul(agree, add(rowSums(qDelta), 1)))] },
      { matrix: pDelta, factors: [agree, null] },
      { matrix: qDelta, factors: [null, disagree] },
    ];
    const states = [first!, second!];
    const { dStates, dWeight } = projectedGradients(
      { states, weight: weight!, labels: labels!, dLoss: half, parts },
      attrs,
    );
    return [...dStates, dWeight, null];
  },
  // The logits of both passes, and their difference.
  scratch([first, , weight, labels], attrs) {
    const [, logits] = inferProjected("projectedRDrop", [first!, weight!, labels!], attrs);
    return [logits, logits, logits];
  },
  onnx(emit, [first, second, weight, labels], { inputs, attrs }) {
    const { dtype } = inputs[0]!;
    const pass = (states: string) => emitProjected(emit, [states, weight!, labels!], [inputs[0]!, inputs[2]!], attrs);
    const [x, y] = [pass(first!), pass(second!)];
    const [delta] = emit.node("Sub", [x.logits, y.logits]);
    const [pDelta] = emit.node("Mul", [x.probabilities, delta!]);
    const [qDelta] = emit.node("Mul", [y.probabilities, delta!]);
    const [divergence] = emit.node("Sub", [emitRowSums(emit, pDelta!), emitRowSums(emit, qDelta!)]);
    const [weighted] = emit.node("Mul", [divergence!, emit.scalar(attrs.weight / 4, dtype)]);
    const [losses] = emit.node("Add", [x.loss, y.loss]);
    const [mean] = emit.node("Mul", [losses!, emit.scalar(1 / 2, dtype)]);
    const [loss] = emit.node("Add", [mean!, weighted!]);
    const [counted] = emit.node("Where", [x.ignored, emit.scalar(0, dtype), loss!]);
    return [counted!, x.probabilities, y.probabilities, pDelta!, qDelta!];
  },
};

function emitRowSums(emit: Emit, matrix: string): string {
  return emit.node("ReduceSum", [matrix, emit.int64s([-1])], { keepdims: { int: 0 } })[0]!;
}

/**
 * R-Drop (Liang et al. 2021, "R-Drop: Regularized Dropout for Neural Networks", equation 4, over two) of the logits
 * states · weight: the mean of both passes' `crossEntropy`, and α / 4 · (KL(p‖q) + KL(q‖p)).
 *
 * Shape: states of each pass [positions, d], weight [vocabulary, d] if transposed, else [d, vocabulary], labels
 * [positions] int32 → loss [positions], 0 where the label is −100.
 */
export function projectedRDrop(
  [first, second]: readonly [Tensor, Tensor],
  weight: Tensor,
  labels: Tensor,
  attrs: RDropAttrs,
): Tensor {
  return apply(projectedRDropOp, [first, second, weight, labels], attrs)[0]!;
}
