import { applyOne, type Emit, type OpDef, type Tensor } from "../graph/tensor.ts";
import { mul, sub } from "./binary.ts";
import { sum } from "./reduce.ts";
import { exp } from "./unary.ts";

export const softmaxOp: OpDef<null> = {
  name: "softmax",
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: ([dy], { outputs: [y] }) => [mul(y!, sub(dy!, sum(mul(dy!, y!), [-1], true)))],
  onnx: (emit, inputs) => emit.node("Softmax", inputs, { axis: { int: -1 } }),
};

/** e^x / Σ e^x over the last axis. */
export const softmax = (x: Tensor): Tensor => applyOne(softmaxOp, [x], null);

export const logSoftmaxOp: OpDef<null> = {
  name: "logSoftmax",
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: ([dy], { outputs: [y] }) => [sub(dy!, mul(exp(y!), sum(dy!, [-1], true)))],
  onnx: (emit, [x]) => [emitLogSoftmax(emit, x!)],
};

/** log(softmax(x)) over the last axis. */
export const logSoftmax = (x: Tensor): Tensor => applyOne(logSoftmaxOp, [x], null);

/** WebGPU has no LogSoftmax kernel: there it is x − max − log Σ e^(x − max). */
export function emitLogSoftmax(emit: Emit, x: string): string {
  if (emit.device !== "webgpu") return emit.node("LogSoftmax", [x], { axis: { int: -1 } })[0]!;
  const axes = emit.int64s([-1]);
  const [max] = emit.node("ReduceMax", [x, axes]);
  const [shifted] = emit.node("Sub", [x, max!]);
  const [exponentials] = emit.node("Exp", [shifted!]);
  const [total] = emit.node("ReduceSum", [exponentials!, axes]);
  const [logTotal] = emit.node("Log", [total!]);
  return emit.node("Sub", [shifted!, logTotal!])[0]!;
}
