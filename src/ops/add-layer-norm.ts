import { HeedError } from "../error.ts";
import { shapeEquals } from "../graph/dim.ts";
import { apply, applyOne, type Emit, type OpDef, shapeError, type Tensor, type TensorType } from "../graph/tensor.ts";

interface AddLayerNormAttrs {
  readonly epsilon: number;
}

/** In one kernel, for decoding, see `attend`: the kernel keeps no statistics, which a gradient would need. */
export const addLayerNormOp: OpDef<AddLayerNormAttrs> = {
  name: "addLayerNorm",
  infer: (inputs) => [typeOf("addLayerNorm", inputs)],
  vjp: () => refuse("addLayerNorm"),
  onnx: (emit, inputs, { attrs }) => emitNorm(emit, inputs, attrs, 1),
};

/** The same, and the sum that was normalised. */
export const addLayerNormAndSumOp: OpDef<AddLayerNormAttrs> = {
  name: "addLayerNormAndSum",
  infer(inputs) {
    const type = typeOf("addLayerNormAndSum", inputs);
    return [type, type];
  },
  vjp: () => refuse("addLayerNormAndSum"),
  onnx(emit, inputs, { attrs }) {
    // Between the two the kernel has outputs for mean and variance, which are for training.
    const [normed, , , sum] = emitNorm(emit, inputs, attrs, 4);
    return [normed!, sum!];
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

/**
 * As `addLayerNorm`, and what was normalised: x + y + offset, which in a pre-norm model the next residual reads.
 *
 * Shape: x, y [..., d], scale, bias and offset [d] → two [..., d].
 */
export function addLayerNormAndSum(
  [x, y, offset]: readonly [Tensor, Tensor, Tensor],
  scale: Tensor,
  bias: Tensor,
  epsilon: number,
): readonly Tensor[] {
  return apply(addLayerNormAndSumOp, [x, y, scale, bias, offset], { epsilon });
}

function typeOf(op: string, [x, y, scale, bias, offset]: readonly TensorType[]): TensorType {
  const { shape, dtype } = x!;
  const vectors = [scale!, bias!, offset!].every((type) => shapeEquals(type.shape, shape.slice(-1)));
  if (vectors && shapeEquals(shape, y!.shape) && typeof shape.at(-1) === "number") return { shape, dtype };
  const what = "two [..., d], and scale, bias and offset [d], where d is a number";
  throw shapeError(op, what, [x!, y!, scale!, bias!, offset!]);
}

function emitNorm(emit: Emit, inputs: readonly string[], { epsilon }: AddLayerNormAttrs, outputs: number) {
  return emit.node(
    "SkipLayerNormalization",
    inputs,
    { epsilon: { float: epsilon } },
    { domain: "com.microsoft", outputs },
  );
}

function refuse(op: string): never {
  throw new HeedError("GRAPH_INVALID", `${op} has no gradient: it is for decoding. Train with layerNorm.`);
}
