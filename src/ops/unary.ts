import { onnxTypes } from "../graph/onnx-types.ts";
import { applyOne, type Emit, type OpDef, type Tensor } from "../graph/tensor.ts";
import type { DType } from "../graph/tensor-data.ts";

import { add, div, greater, mul, sub } from "./binary.ts";
import { emitSine } from "./sine.ts";

interface Rule {
  /** Emits nodes for the input and returns the name of the output. */
  readonly onnx: (emit: Emit, x: string, dtype: DType) => string;
  /** The gradient of the input from that of the output. */
  readonly gradient: (dy: Tensor, x: Tensor, y: Tensor) => Tensor;
}

function unary(name: string, rule: Rule): OpDef<null> {
  return {
    name,
    infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
    vjp: ([dy], { inputs, outputs }) => [rule.gradient(dy!, inputs[0]!, outputs[0]!)],
    onnx: (emit, [x], at) => [rule.onnx(emit, x!, at.inputs[0]!.dtype)],
  };
}

/** The engine's own, but on a GPU, where it is too far off. */
function wave(opType: string, shift: 0 | 0.5): Rule["onnx"] {
  return (emit, x, dtype) =>
    emit.device === "webgpu" && dtype === "float32" ? emitSine(emit, x, shift) : emit.node(opType, [x])[0]!;
}

const node = (opType: string) => (emit: Emit, x: string) => emit.node(opType, [x])[0]!;

export const expOp = unary("exp", { onnx: node("Exp"), gradient: (dy, _, y) => mul(dy, y) });
export const logOp = unary("log", { onnx: node("Log"), gradient: (dy, x) => div(dy, x) });
export const sqrtOp = unary("sqrt", { onnx: node("Sqrt"), gradient: (dy, _, y) => div(mul(dy, 0.5), y) });
export const tanhOp = unary("tanh", { onnx: node("Tanh"), gradient: (dy, _, y) => mul(dy, sub(1, mul(y, y))) });
export const sigmoidOp = unary("sigmoid", {
  onnx: node("Sigmoid"),
  gradient: (dy, _, y) => mul(dy, mul(y, sub(1, y))),
});
export const reluOp = unary("relu", {
  onnx: node("Relu"),
  gradient: (dy, _, y) => mul(dy, cast(greater(y, 0), y.dtype)),
});
export const erfOp = unary("erf", {
  onnx: node("Erf"),
  gradient: (dy, x) => mul(dy, mul(exp(mul(mul(x, x), -1)), 2 / Math.sqrt(Math.PI))),
});

export const cosOp = unary("cos", { onnx: wave("Cos", 0.5), gradient: (dy, x) => mul(dy, mul(sin(x), -1)) });
export const sinOp = unary("sin", { onnx: wave("Sin", 0), gradient: (dy, x) => mul(dy, cos(x)) });

/** e^x */
export const exp = (x: Tensor): Tensor => applyOne(expOp, [x], null);
/** The natural logarithm. */
export const log = (x: Tensor): Tensor => applyOne(logOp, [x], null);
/** √x */
export const sqrt = (x: Tensor): Tensor => applyOne(sqrtOp, [x], null);
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => applyOne(tanhOp, [x], null);
/** 1 / (1 + e^−x) */
export const sigmoid = (x: Tensor): Tensor => applyOne(sigmoidOp, [x], null);
/** max(0, x); its gradient at 0 is 0. */
export const relu = (x: Tensor): Tensor => applyOne(reluOp, [x], null);
/** The error function. */
export const erf = (x: Tensor): Tensor => applyOne(erfOp, [x], null);
/** The cosine of an angle in radians. */
export const cos = (x: Tensor): Tensor => applyOne(cosOp, [x], null);
/** The sine of an angle in radians. */
export const sin = (x: Tensor): Tensor => applyOne(sinOp, [x], null);
/** −x */
export const neg = (x: Tensor): Tensor => mul(x, -1);
/**
 * x · Φ(x), with the exact normal distribution function (Hendrycks & Gimpel 2016). In this form, with a division,
 * ONNX Runtime knows it and computes it in one pass.
 */
export const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1));
/** x · sigmoid(x), also called swish (Ramachandran et al. 2017). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

interface CastAttrs {
  readonly to: DType;
}

export const castOp: OpDef<CastAttrs> = {
  name: "cast",
  infer: ([x], { to }) => [{ shape: x!.shape, dtype: to }],
  vjp: ([dy], { inputs: [x] }) => [isFloat(x!.dtype) ? cast(dy!, x!.dtype) : null],
  onnx: (emit, inputs, { attrs }) => emit.node("Cast", inputs, { to: { int: onnxTypes[attrs.to] } }),
};

/** The same numbers with another element type. */
export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : applyOne(castOp, [x], { to });
}

function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

export const stopGradientOp: OpDef<null> = {
  name: "stopGradient",
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: () => [null],
  onnx: (_, inputs) => inputs,
};

/** The same numbers; no gradient flows through. */
export const stopGradient = (x: Tensor): Tensor => applyOne(stopGradientOp, [x], null);

export const maskGradientOp: OpDef<null> = {
  name: "maskGradient",
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: ([dy], { inputs: [, mask] }) => [mul(dy!, mask!), null],
  onnx: (_, [x]) => [x!],
};

/** The same numbers; the gradient that flows through is multiplied by a mask, which broadcasts to x. */
export const maskGradient = (x: Tensor, mask: Tensor): Tensor => applyOne(maskGradientOp, [x, mask], null);

interface DequantizeAttrs {
  readonly scale: number;
}

/** Bytes to floats and a scale in one pass over memory: ONNX has it for quantised weights, and a dropout mask is one. */
export const dequantizeOp: OpDef<DequantizeAttrs> = {
  name: "dequantize",
  infer: ([x]) => [{ shape: x!.shape, dtype: "float32" }],
  vjp: () => [null],
  onnx: (emit, [x], { attrs }) => emit.node("DequantizeLinear", [x!, emit.scalar(attrs.scale, "float32")]),
};

/** x · scale as float32, for x in uint8. */
export const dequantize = (x: Tensor, scale: number): Tensor => applyOne(dequantizeOp, [x], { scale });
