import { HeedError } from "../error.ts";
import { shapeEquals } from "../graph/dim.ts";
import { applyOne, type OpDef, shapeError, type Tensor } from "../graph/tensor.ts";

interface AddLayerNormAttrs {
  readonly epsilon: number;
}

/** In one kernel, for decoding, see `attend`: the kernel keeps no statistics, which a gradient would need. */
export const addLayerNormOp: OpDef<AddLayerNormAttrs> = {
  name: "addLayerNorm",
  infer([x, y, scale, bias, offset]) {
    const { shape, dtype } = x!;
    const vectors = [scale!, bias!, offset!].every((type) => shapeEquals(type.shape, shape.slice(-1)));
    if (vectors && shapeEquals(shape, y!.shape) && typeof shape.at(-1) === "number") return [{ shape, dtype }];
    const what = "two [..., d], and scale, bias and offset [d], where d is a number";
    throw shapeError("addLayerNorm", what, [x!, y!, scale!, bias!, offset!]);
  },
  vjp() {
    throw new HeedError("GRAPH_INVALID", "addLayerNorm has no gradient: it is for decoding. Train with layerNorm.");
  },
  onnx(emit, inputs, { attrs }) {
    const attributes = { epsilon: { float: attrs.epsilon } };
    return emit.node("SkipLayerNormalization", inputs, attributes, { domain: "com.microsoft" });
  },
};

/**
 * LayerNorm(x + y + offset), where the offset is the bias of the projection that gave x.
 *
 * Shape: x, y [..., d], scale, bias and offset [d] → [..., d].
 */
export function addLayerNorm(
  [x, y, offset]: readonly [Tensor, Tensor, Tensor],
  scale: Tensor,
  bias: Tensor,
  epsilon: number,
): Tensor {
  return applyOne(addLayerNormOp, [x, y, scale, bias, offset], { epsilon });
}
