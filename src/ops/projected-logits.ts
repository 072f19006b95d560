import { dimEquals } from "../graph/dim.ts";
import { type Emit, shapeError, type Tensor, type TensorType } from "../graph/tensor.ts";
import { add, equal, mul, sub, where } from "./binary.ts";
import { emitAtLabels, IGNORED_LABEL } from "./cross-entropy.ts";
import { gather, scatterAdd } from "./gather.ts";
import { matmul, matmulOp } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { reshape, transpose } from "./shape.ts";

/** What losses have in common whose logits are states · weight. */
export interface ProjectionAttrs {
  readonly smoothing: number;
  /** Whether the weight is [vocabulary, d], as a table of embeddings, and not [d, vocabulary]. */
  readonly transposed: boolean;
}

/** The type of the losses and that of the logits. Errors: SHAPE_MISMATCH. */
export function inferProjected(
  op: string,
  [states, weight, labels]: readonly [TensorType, TensorType, TensorType],
  { transposed }: ProjectionAttrs,
): readonly [TensorType, TensorType] {
  const [positions, width] = states.shape;
  const [vocabulary, inner] = transposed ? weight.shape : weight.shape.toReversed();
  const matrices = states.shape.length === 2 && weight.shape.length === 2 && typeof vocabulary === "number";
  const labelled = labels.shape.length === 1 && dimEquals(labels.shape[0]!, positions!);
  if (!matrices || !labelled || !dimEquals(width!, inner!)) {
    const what = "states [positions, d], a weight of d and the vocabulary, and labels [positions]";
    throw shapeError(op, what, [states, weight, labels]);
  }
  const { dtype } = states;
  return [
    { shape: [positions!], dtype },
    { shape: [positions!, vocabulary], dtype },
  ];
}

/** A matrix [positions, vocabulary] that is a part of the gradients of logits. */
interface Part {
  readonly matrix: Tensor;
  /** What its rows are multiplied by in the gradient of each pass's logits, [positions, 1]; null where it is no part. */
  readonly factors: readonly (Tensor | null)[];
}

/**
 * The gradients of the states of each pass and of the weight, where that of a pass's logits is
 * Σ factor · matrix − dLoss · ((1 − ε) · onehot(label) + ε / V).
 *
 * A gradient of logits is as large as the vocabulary and is never built: its products with states and weight are taken
 * term by term. Only matrices need large products, the label picks a row, and ε / V is a product of vectors.
 *
 * Shape: dLoss [positions, 1], 0 where the label is ignored.
 */
export function projectedGradients(
  { states, weight, labels, dLoss, parts }: Projected,
  { smoothing, transposed }: ProjectionAttrs,
): { dStates: Tensor[]; dWeight: Tensor } {
  const label = where(equal(labels, IGNORED_LABEL), 0, labels);
  const table = transposed ? weight : transpose(weight, [1, 0]);
  const vocabulary = table.shape[0] as number;
  const everywhere = smoothing / vocabulary;

  const products = parts.map(({ matrix }) => matmul(matrix, weight, { transB: !transposed }));
  const atLabel = add(mul(gather(table, label), 1 - smoothing), mul(sum(table, [0]), everywhere));
  const dStates = states.map((_, pass) => {
    const scaled = parts.map(({ factors }, i) => scale(products[i]!, factors[pass]!));
    return sub(total(scaled), mul(atLabel, dLoss));
  });

  const weighted = mul(total(states), dLoss);
  const spread = parts.map(({ matrix, factors }) =>
    matmul(matrix, total(states.map((state, pass) => scale(state, factors[pass]!))), { transA: true }),
  );
  const picked = scatterAdd(mul(weighted, 1 - smoothing), label, vocabulary);
  const dTable = sub(sub(total(spread), picked), mul(sum(weighted, [0]), everywhere));
  return { dStates, dWeight: transposed ? dTable : transpose(dTable, [1, 0]) };
}

interface Projected {
  readonly states: readonly Tensor[];
  readonly weight: Tensor;
  readonly labels: Tensor;
  readonly dLoss: Tensor;
  readonly parts: readonly Part[];
}

function scale(x: Tensor, factor: Tensor | null): Tensor | null {
  return factor && mul(x, factor);
}

function total(terms: readonly (Tensor | null)[]): Tensor {
  return terms.filter((term) => term !== null).reduce((left, right) => add(left, right));
}

/** The gradient of each position's loss as a column, 0 where the label is ignored. */
export function countedColumn(dLoss: Tensor, labels: Tensor): Tensor {
  return reshape(where(equal(labels, IGNORED_LABEL), 0, dLoss), [dLoss.shape[0]!, 1]);
}

/**
 * Emits logits, their softmax and the losses, which are whatever they are where the label is ignored; and where it is.
 */
export function emitProjected(
  emit: Emit,
  [states, weight, labels]: readonly [string, string, string],
  types: readonly [Tensor, Tensor],
  { smoothing, transposed }: ProjectionAttrs,
): Record<"logits" | "probabilities" | "loss" | "ignored", string> {
  const { dtype } = types[0];
  const product = { transA: false, transB: transposed, alpha: 1 };
  const [logits] = matmulOp.onnx(emit, [states, weight], { inputs: types, outputs: [], attrs: product });
  const [probabilities] = emit.node("Softmax", [logits!], { axis: { int: -1 } });
  const mean = () => emitMeanLogit(emit, states, weight, transposed);
  const { smoothed, ignored } = emitAtLabels(emit, logits!, labels, { dtype, smoothing, mean });
  const [loss] = emit.node("Sub", [emitLogSumExp(emit, logits!, probabilities!), smoothed]);
  return { logits: logits!, probabilities: probabilities!, loss: loss!, ignored };
}

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
