import { shapeEquals } from "../graph/dim.ts";
import { applyOne, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";
import { add, div, mul, sub } from "./binary.ts";
import { sum, sumSquare } from "./reduce.ts";
import { sqrt } from "./unary.ts";

interface RmsNormAttrs {
  readonly epsilon: number;
}

export const rmsNormOp: OpDef<RmsNormAttrs> = {
  name: "rmsNorm",
  infer([x, scale]) {
    const width = x!.shape.at(-1);
    if (typeof width !== "number" || !shapeEquals(scale!.shape, [width])) {
      throw shapeError("rmsNorm", "[..., d] with scale [d], where d is a number", [x!, scale!]);
    }
    return [{ shape: x!.shape, dtype: x!.dtype }];
  },
  /** dx = (g − x̂ · mean(g · x̂)) / r with g = dy · scale, x̂ = x / r and the root mean square r. */
  vjp([dy], { inputs: [x, scale], attrs }) {
    const share = 1 / (x!.shape.at(-1) as number);
    const root = sqrt(add(mul(sumSquare(x!, [-1], true), share), attrs.epsilon));
    const normed = div(x!, root);
    const g = mul(dy!, scale!);
    const along = mul(sum(mul(g, normed), [-1], true), share);
    return [div(sub(g, mul(normed, along)), root), mul(dy!, normed)];
  },
  /**
   * ONNX Runtime knows these nodes, in this order, and makes one kernel of them where it has one: of float32 in a sixth of
   * the time. That of float64 has a wrong epsilon, so there the square is a product, which it does not know.
   */
  onnx(emit, [x, scale], { inputs, attrs }) {
    const { dtype } = inputs[0]!;
    const isFused = dtype === "float32";
    const [square] = isFused ? emit.node("Pow", [x!, emit.scalar(2, dtype)]) : emit.node("Mul", [x!, x!]);
    const [mean] = emit.node("ReduceMean", [square!, emit.int64s([-1])], { keepdims: { int: 1 } });
    const [raised] = emit.node("Add", [mean!, emit.scalar(attrs.epsilon, dtype)]);
    const [root] = emit.node("Sqrt", [raised!]);
    const [normed] = emit.node("Div", [x!, root!]);
    return emit.node("Mul", [normed!, scale!]);
  },
};

/**
 * Divides each vector by its root mean square and scales it (Zhang & Sennrich 2019, equation 4).
 *
 * @param epsilon Added to the mean square.
 *
 * Shape: x [..., d], scale [d] → [..., d].
 */
export function rmsNorm(x: Tensor, scale: Tensor, epsilon: number): Tensor {
  return applyOne(rmsNormOp, [x, scale], { epsilon });
}
