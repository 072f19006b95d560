import { HeedError } from "../error.ts";
import { dimEquals } from "../graph/dim.ts";
import type { Emit } from "../graph/emit.ts";
import { apply, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";
import { equal, mul, sub, where } from "./binary.ts";
import { emitAtLabels, IGNORED_LABEL } from "./cross-entropy.ts";
import { gather, scatterAdd } from "./gather.ts";
import { matmul, matmulOp } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { reshape, transpose } from "./shape.ts";

interface ProjectedCrossEntropyAttrs {
  readonly smoothing: number;
  /** Whether the weight is [vocabulary, d], as a table of embeddings, and not [d, vocabulary]. */
  readonly transposed: boolean;
}

/**
 * Outputs: the loss of each position, and the probabilities, of which no gradient may be asked.
 *
 * The gradient of the logits, (softmax − (1 − ε) · onehot(label) − ε / V) · dLoss, is as large as the vocabulary and is
 * never built. Its products with states and weight are taken term by term: only the softmax needs large products, the
 * label picks a row, and ε / V is a product of vectors.
 */
export const projectedCrossEntropyOp: OpDef<ProjectedCrossEntropyAttrs> = {
  name: "projectedCrossEntropy",
  infer([states, weight, labels], { transposed }) {
    const [positions, width] = states!.shape;
    const [vocabulary, inner] = transposed ? weight!.shape : weight!.shape.toReversed();
    const matrices = states!.shape.length === 2 && weight!.shape.length === 2 && typeof vocabulary === "number";
    const labelled = labels!.shape.length === 1 && dimEquals(labels!.shape[0]!, positions!);
    if (!matrices || !labelled || !dimEquals(width!, inner!)) {
      const what = "states [positions, d], a weight of d and the vocabulary, and labels [positions]";
      throw shapeError("projectedCrossEntropy", what, [states!, weight!, labels!]);
    }
    const { dtype } = states!;
    return [
      { shape: [positions!], dtype },
      { shape: [positions!, vocabulary], dtype },
    ];
  },
  vjp([dLoss, dProbabilities], { inputs: [states, weight, labels], outputs: [, probabilities], attrs }) {
    if (dProbabilities) throw new HeedError("GRAPH_INVALID", "projectedCrossEntropy is differentiated only once.");
    const { smoothing, transposed } = attrs;
    const ignored = equal(labels!, IGNORED_LABEL);
    const label = where(ignored, 0, labels!);
    const vocabulary = probabilities!.shape[1] as number;
    const counted = reshape(where(ignored, 0, dLoss!), [dLoss!.shape[0]!, 1]);
    const table = transposed ? weight! : transpose(weight!, [1, 0]);

    const expected = matmul(probabilities!, weight!, { transB: !transposed });
    const atLabel = mul(gather(table, label), 1 - smoothing);
    const everywhere = mul(sum(table, [0]), smoothing / vocabulary);
    const dStates = mul(sub(sub(expected, atLabel), everywhere), counted);

    const weighted = mul(states!, counted);
    const spread = matmul(probabilities!, weighted, { transA: true });
    const picked = scatterAdd(mul(weighted, 1 - smoothing), label, vocabulary);
    const dTable = sub(sub(spread, picked), mul(sum(weighted, [0]), smoothing / vocabulary));
    return [dStates, transposed ? dTable : transpose(dTable, [1, 0]), null];
  },
  scratch: ([states, weight], { transposed }) => [
    { shape: [states!.shape[0]!, weight!.shape[transposed ? 0 : 1]!], dtype: states!.dtype },
  ],
  onnx(emit, [states, weight, labels], { inputs, outputs, attrs: { smoothing, transposed } }) {
    const { dtype } = inputs[0]!;
    const product = { transA: false, transB: transposed, alpha: 1 };
    const at = { inputs: inputs.slice(0, 2), outputs: outputs.slice(1), attrs: product };
    const [logits] = matmulOp.onnx(emit, [states!, weight!], at);
    const [probabilities] = emit.node("Softmax", [logits!], { axis: { int: -1 } });
    const mean = () => emitMeanLogit(emit, states!, weight!, transposed);
    const { smoothed, ignored } = emitAtLabels(emit, logits!, labels!, { dtype, smoothing, mean });
    const [loss] = emit.node("Sub", [emitLogSumExp(emit, logits!, probabilities!), smoothed]);
    return [emit.node("Where", [ignored, emit.scalar(0, dtype), loss!])[0]!, probabilities!];
  },
};

/** The mean of a row of logits is the product with the mean of the weight's vectors: the logits need not be read again. */
function emitMeanLogit(emit: Emit, states: string, weight: string, transposed: boolean): string {
  const [centre] = emit.node("ReduceMean", [weight, emit.int64s([transposed ? 0 : 1])], { keepdims: { int: 0 } });
  const [column] = emit.node("Unsqueeze", [centre!, emit.int64s([-1])]);
  const [mean] = emit.node("MatMul", [states, column!]);
  return emit.node("Squeeze", [mean!, emit.int64s([-1])])[0]!;
}

/** max(x) − log(max(softmax(x))): of all entries the largest is known best. */
function emitLogSumExp(emit: Emit, logits: string, probabilities: string): string {
  const max = (x: string) => emit.node("ReduceMax", [x, emit.int64s([-1])], { keepdims: { int: 0 } })[0]!;
  const [log] = emit.node("Log", [max(probabilities)]);
  return emit.node("Sub", [max(logits), log!])[0]!;
}

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
  { smoothing = 0, transposed = false }: Partial<ProjectedCrossEntropyAttrs> = {},
): Tensor {
  return apply(projectedCrossEntropyOp, [states, weight, labels], { smoothing, transposed })[0]!;
}
