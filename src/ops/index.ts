import type { OpDef } from "../graph/tensor.ts";
import * as addLayerNormOps from "./add-layer-norm.ts";
import * as attendOps from "./attend.ts";
import * as attendHeadsOps from "./attend-heads.ts";
import * as binaryOps from "./binary.ts";
import * as constantOps from "./constant.ts";
import * as crossEntropyOps from "./cross-entropy.ts";
import * as gatherOps from "./gather.ts";
import * as layerNormOps from "./layer-norm.ts";
import * as loopOps from "./loop.ts";
import * as matmulOps from "./matmul.ts";
import * as projectedCrossEntropyOps from "./projected-cross-entropy.ts";
import * as projectedRDropOps from "./projected-r-drop.ts";
import * as reduceOps from "./reduce.ts";
import * as rmsNormOps from "./rms-norm.ts";
import * as shapeOps from "./shape.ts";
import * as softmaxOps from "./softmax.ts";
import * as unaryOps from "./unary.ts";

export { addLayerNorm } from "./add-layer-norm.ts";
export { attend, attendToPast } from "./attend.ts";
export { add, div, equal, greater, less, mul, type Operand, sub, where } from "./binary.ts";
export { constant, scalarConstant } from "./constant.ts";
export { crossEntropy, IGNORED_LABEL } from "./cross-entropy.ts";
export { gather, put, range, scatterAdd, take, topK } from "./gather.ts";
export { layerNorm } from "./layer-norm.ts";
export { type Iteration, loop } from "./loop.ts";
export { type MatmulOptions, matmul } from "./matmul.ts";
export { projectedCrossEntropy } from "./projected-cross-entropy.ts";
export type { ProjectionAttrs } from "./projected-logits.ts";
export { projectedRDrop, type RDropAttrs } from "./projected-r-drop.ts";
export { argMax, broadcastTo, sum, sumSquare, sumTo } from "./reduce.ts";
export { rmsNorm } from "./rms-norm.ts";
export { concat, flattenRows, pad, reshape, slice, split, transpose, zerosLike } from "./shape.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export {
  cast,
  cos,
  dequantize,
  erf,
  exp,
  gelu,
  log,
  maskGradient,
  neg,
  relu,
  sigmoid,
  silu,
  sin,
  sqrt,
  stopGradient,
  tanh,
} from "./unary.ts";

const modules = [
  addLayerNormOps,
  attendHeadsOps,
  attendOps,
  binaryOps,
  constantOps,
  crossEntropyOps,
  gatherOps,
  layerNormOps,
  rmsNormOps,
  loopOps,
  matmulOps,
  projectedCrossEntropyOps,
  projectedRDropOps,
  reduceOps,
  shapeOps,
  softmaxOps,
  unaryOps,
];

/** Every primitive op by name: what the gradient check walks through. */
export const registry: ReadonlyMap<string, OpDef<never>> = new Map(
  modules
    .flatMap((module) => Object.entries(module))
    .filter(([name]) => name.endsWith("Op"))
    .map(([, op]) => [(op as OpDef<never>).name, op as OpDef<never>]),
);
