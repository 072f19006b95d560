import { applyOne, type OpDef, type Tensor } from "../graph/tensor.ts";
import { type DType, scalarOf, type TensorData } from "../graph/tensor-data.ts";

interface ConstantAttrs {
  readonly data: TensorData;
}

export const constantOp: OpDef<ConstantAttrs> = {
  name: "constant",
  infer: (_, { data }) => [{ shape: data.shape, dtype: data.dtype }],
  vjp: () => [],
  onnx: (emit, _, { attrs }) => [emit.constant(attrs.data)],
};

/** Numbers that are part of the program. */
export function constant(data: TensorData): Tensor {
  return applyOne(constantOp, [], { data });
}

/** A number of the given type, shape []. */
export function scalarConstant(value: number, dtype: DType = "float32"): Tensor {
  return constant(scalarOf(value, dtype));
}
