export type { Device } from "./device.ts";
export * from "./dim.ts";
export { type FilePlace, FileTensor } from "./file-tensor.ts";
export { onnxTypes } from "./onnx-types.ts";
export { formatProgram } from "./print.ts";
export { input, inputAttrs, program, randomMask, sortNodes } from "./program.ts";
export type { CompileOptions, Executable, Feeds, RandomKey, RunOptions, Runtime, Value, Values } from "./runtime.ts";
export {
  type Application,
  type Attribute,
  apply,
  applyOne,
  type Emit,
  type EmitOptions,
  type InputAttrs,
  type Node,
  type OpDef,
  type Program,
  type RandomInput,
  type Subgraph,
  shapeError,
  Tensor,
  type TensorType,
} from "./tensor.ts";
export {
  type ArrayOf,
  arrayTypes,
  bool,
  type DType,
  dataAs,
  float32,
  int32,
  scalarOf,
  TensorData,
} from "./tensor-data.ts";
export { flattenTree, type MapLeaves, mapTree, type Tree, unflattenTree } from "./tree.ts";
