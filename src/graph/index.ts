export * from "./dim.ts";
export type { Attribute, Emit, EmitOptions, Subgraph } from "./emit.ts";
export { onnxTypes } from "./onnx-types.ts";
export { formatProgram } from "./print.ts";
export {
  type InputAttrs,
  input,
  inputAttrs,
  type Program,
  program,
  type RandomInput,
  randomMask,
  sortNodes,
} from "./program.ts";
export type {
  CompileOptions,
  Device,
  Executable,
  Feeds,
  RandomKey,
  RunOptions,
  Runtime,
  Value,
  Values,
} from "./runtime.ts";
export {
  type Application,
  apply,
  applyOne,
  type DType,
  type Node,
  type OpDef,
  shapeError,
  Tensor,
  type TensorType,
} from "./tensor.ts";
export { type ArrayOf, arrayTypes, bool, dataAs, float32, int32, scalarOf, TensorData } from "./tensor-data.ts";
export { flattenTree, type MapLeaves, mapTree, type Tree, unflattenTree } from "./tree.ts";
