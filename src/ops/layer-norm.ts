import { shapeEquals } from "../graph/dim.ts";
import { apply, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";
import { mul, sub } from "./binary.ts";
import { matmul } from "./matmul.ts";
import { flattenRows, reshape } from "./shape.ts";

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
  /**
   * dx = (g − mean(g) − x̂ · mean(g · x̂)) / σ with g = dy · scale and x̂ = (x − μ) / σ. It is written with few passes over
   * memory: the means are products with a vector, and what is one number for each row is multiplied before it meets x.
   */
  vjp([dy], { inputs: [x, scale], outputs: [, mean, inverseDeviation] }) {
    const width = x!.shape.at(-1) as number;
    const weights = reshape(mul(scale!, 1 / width), [width, 1]);
    const centred = sub(x!, mean!);
    const product = mul(dy!, centred);
    const weightedMean = (t: Tensor) => reshape(matmul(rowsOf(t), weights), mean!.shape);
    const cubed = mul(mul(inverseDeviation!, inverseDeviation!), inverseDeviation!);
    const along = mul(weightedMean(product), cubed);
    const offset = mul(weightedMean(dy!), inverseDeviation!);
    const dx = sub(sub(mul(mul(dy!, scale!), inverseDeviation!), mul(centred, along)), offset);
    const dScale = matmul(rowsOf(product), rowsOf(inverseDeviation!), { transA: true });
    return [dx, reshape(dScale, [width]), dy!];
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

/** As a matrix. Shape: [..., d] → [rows, d]. */
const rowsOf = (x: Tensor): Tensor => (x.rank === 1 ? reshape(x, [1, x.shape[0]!]) : flattenRows(x));
