import { shapeEquals } from "../graph/dim.ts";
import { apply, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";
import { mul, sub } from "./binary.ts";
import { sum } from "./reduce.ts";

interface LayerNormAttrs {
  readonly epsilon: number;
}

/** Outputs: the normalised tensor, the mean and the inverse standard deviation; the gradient needs the latter two. */
export const layerNormOp: OpDef<LayerNormAttrs> = {
  name: "layerNorm",
  infer([x, scale, bias]) {
    const width = x!.shape.at(-1);
    if (typeof width !== "number" || [scale!, bias!].some(({ shape }) => !shapeEquals(shape, [width]))) {
      throw shapeError("layerNorm", "[..., d] with scale [d] and bias [d], where d is a number", [x!, scale!, bias!]);
    }
    const statistics = { shape: [...x!.shape.slice(0, -1), 1], dtype: x!.dtype };
    return [{ shape: x!.shape, dtype: x!.dtype }, statistics, statistics];
  },
  vjp([dy], { inputs: [x, scale], outputs: [, mean, inverseDeviation] }) {
    const normalized = mul(sub(x!, mean!), inverseDeviation!);
    const dNormalized = mul(dy!, scale!);
    const width = x!.shape.at(-1) as number;
    const average = (t: Tensor) => mul(sum(t, [-1], true), 1 / width);
    const centred = sub(dNormalized, average(dNormalized));
    const dx = mul(sub(centred, mul(normalized, average(mul(dNormalized, normalized)))), inverseDeviation!);
    return [dx, mul(dy!, normalized), dy!];
  },
  onnx(emit, inputs, { attrs }) {
    const attributes = { axis: { int: -1 }, epsilon: { float: attrs.epsilon } };
    return emit.node("LayerNormalization", inputs, attributes, { outputs: 3 });
  },
};

/**
 * Normalises each vector to mean 0 and variance 1, then scales and shifts it (Ba et al. 2016).
 *
 * Shape: x [..., d], scale [d], bias [d] → [..., d].
 */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  return apply(layerNormOp, [x, scale, bias], { epsilon })[0]!;
}
