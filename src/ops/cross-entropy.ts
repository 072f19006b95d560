import { HeedError } from "../error.ts";
import { dimEquals } from "../graph/dim.ts";
import { apply, applyOne, type Emit, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";
import { add, mul, sub } from "./binary.ts";
import { sum } from "./reduce.ts";
import { emitLogSoftmax } from "./softmax.ts";
import { exp } from "./unary.ts";

/** The label of a position that counts for nothing, as in PyTorch. */
export const IGNORED_LABEL = -100;

interface CrossEntropyAttrs {
  readonly smoothing: number;
}

/** Outputs: the loss of each position, and the log-probabilities. */
export const crossEntropyOp: OpDef<CrossEntropyAttrs> = {
  name: "crossEntropy",
  infer([logits, labels]) {
    const [positions, vocabulary] = logits!.shape;
    const [labelled] = labels!.shape;
    const matrix = logits!.shape.length === 2 && typeof vocabulary === "number";
    if (!matrix || labels!.shape.length !== 1 || !dimEquals(positions!, labelled!)) {
      throw shapeError("crossEntropy", "logits [positions, vocabulary] and labels [positions]", [logits!, labels!]);
    }
    return [
      { shape: [positions!], dtype: logits!.dtype },
      { shape: logits!.shape, dtype: logits!.dtype },
    ];
  },
  vjp([dLoss, dLogProbs], { inputs: [, labels], outputs: [, logProbs], attrs }) {
    const fromLoss = dLoss && applyOne(crossEntropyGradOp, [dLoss, logProbs!, labels!], attrs);
    const fromLogProbs = dLogProbs && sub(dLogProbs, mul(exp(logProbs!), sum(dLogProbs, [-1], true)));
    return [fromLoss && fromLogProbs ? add(fromLoss, fromLogProbs) : (fromLoss ?? fromLogProbs ?? null), null];
  },
  onnx(emit, [logits, labels], { inputs, attrs: { smoothing } }) {
    const { dtype } = inputs[0]!;
    const logProbs = emitLogSoftmax(emit, logits!);
    const { smoothed, ignored } = emitAtLabels(emit, logProbs, labels!, {
      dtype,
      smoothing,
      mean: () => emitMean(emit, logProbs),
    });
    const [negative] = emit.node("Neg", [smoothed]);
    return [emit.node("Where", [ignored, emit.scalar(0, dtype), negative!])[0]!, logProbs];
  },
};

/**
 * (1 − ε) · the number at the label + ε · the mean of all, for each row; and which rows are ignored. Ignored labels are
 * replaced by 0, a valid index.
 */
export function emitAtLabels(emit: Emit, x: string, labels: string, { dtype, smoothing, mean }: AtLabels) {
  const { index, ignored } = emitLabels(emit, labels);
  const [picked] = emit.node("GatherElements", [x, index], { axis: { int: -1 } });
  const [ofLabel] = emit.node("Squeeze", [picked!, emit.int64s([-1])]);
  if (smoothing === 0) return { smoothed: ofLabel!, ignored };
  const [left] = emit.node("Mul", [ofLabel!, emit.scalar(1 - smoothing, dtype)]);
  const [right] = emit.node("Mul", [mean(), emit.scalar(smoothing, dtype)]);
  return { smoothed: emit.node("Add", [left!, right!])[0]!, ignored };
}

interface AtLabels extends CrossEntropyAttrs {
  readonly dtype: Tensor["dtype"];
  /** Emits the mean of each row. */
  mean(): string;
}

/** Shape: [rows, columns] → [rows]. */
function emitMean(emit: Emit, x: string): string {
  return emit.node("ReduceMean", [x, emit.int64s([-1])], { keepdims: { int: 0 } })[0]!;
}

function emitLabels(emit: Emit, labels: string): { index: string; ignored: string } {
  const [ignored] = emit.node("Equal", [labels, emit.scalar(IGNORED_LABEL, "int32")]);
  const [valid] = emit.node("Where", [ignored!, emit.scalar(0, "int32"), labels]);
  return { index: emit.node("Unsqueeze", [valid!, emit.int64s([-1])])[0]!, ignored: ignored! };
}

/** dLogits = dLoss · (softmax − (1 − ε) · onehot(label) − ε / V), and 0 where the label is ignored. */
export const crossEntropyGradOp: OpDef<CrossEntropyAttrs> = {
  name: "crossEntropyGrad",
  infer: ([, logProbs]) => [{ shape: logProbs!.shape, dtype: logProbs!.dtype }],
  vjp() {
    throw new HeedError("GRAPH_INVALID", "crossEntropyGrad has no gradient: differentiate crossEntropy only once.");
  },
  onnx(emit, [dLoss, logProbs, labels], { inputs, attrs: { smoothing } }) {
    const { dtype, shape } = inputs[1]!;
    const { index, ignored } = emitLabels(emit, labels!);
    const [weight] = emit.node("Where", [ignored, emit.scalar(0, dtype), dLoss!]);
    const [column] = emit.node("Unsqueeze", [weight!, emit.int64s([-1])]);
    const [probabilities] = emit.node("Exp", [logProbs!]);
    const spread = emit.scalar(smoothing / (shape[1] as number), dtype);
    const base = smoothing === 0 ? probabilities! : emit.node("Sub", [probabilities!, spread])[0]!;
    const [weighted] = emit.node("Mul", [base, column!]);
    const [atLabel] = emit.node("Mul", [column!, emit.scalar(smoothing - 1, dtype)]);
    const attributes = { axis: { int: -1 }, reduction: { string: "add" } };
    return emit.node("ScatterElements", [weighted!, index, atLabel!], attributes);
  },
};

/**
 * Cross-entropy with label smoothing (Szegedy et al. 2016; "Attention Is All You Need", 5.4) of each position:
 * −(1 − ε) · log p(label) − ε · mean(log p). It is 0 where the label is −100.
 *
 * Shape: logits [positions, vocabulary], labels [positions] int32 → loss [positions], log-probabilities as the logits.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, smoothing = 0): { loss: Tensor; logProbs: Tensor } {
  const [loss, logProbs] = apply(crossEntropyOp, [logits, labels], { smoothing });
  return { loss: loss!, logProbs: logProbs! };
}
