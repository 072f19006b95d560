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

/** Ops that refuse to be differentiated: kernels for decoding, and what is a gradient itself. */
export const notDifferentiated = [
  "addLayerNorm",
  "addLayerNormAndSum",
  "attend",
  "attendHeads",
  "attendToPast",
  "crossEntropyGrad",
  "loop",
];

/** Ops with a gradient that ONNX Runtime's CPU cannot compute in float64. */
export const withoutFloat64 = ["erf", "layerNorm"];
