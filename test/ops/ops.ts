/** Ops through which no gradient flows, whatever their inputs. */
export const withoutGradient = [
  "argMax",
  "constant",
  "dequantize",
  "equal",
  "greater",
  "less",
  "range",
  "stopGradient",
  "zerosLike",
];

/** Ops whose gradient is another than that of their values, on purpose. */
export const withGradientOfItsOwn = ["maskGradient"];

/** Ops that are gradients themselves and refuse to be differentiated again. */
export const withoutSecondDerivative = ["crossEntropyGrad"];

/** Ops that ONNX Runtime's CPU cannot compute in float64. */
export const withoutFloat64 = ["erf", "layerNorm"];
