export { createRandom, type Random } from "../random.ts";
export { type ActivationName, activations } from "./activations.ts";
export {
  type AttentionOptions,
  type AttentionParams,
  attention,
  attentionOfHeads,
  attentionSpec,
  causalMask,
  type HeadsOptions,
  type KeyValue,
  keyValue,
  mergeHeads,
  paddingMask,
  splitHeads,
  windowMask,
} from "./attention.ts";
export { type Context, type ContextOptions, createContext, type Keeping, type Past } from "./context.ts";
export { type FeedForwardOptions, feedForward, feedForwardSpec, gatedFeedForward } from "./feed-forward.ts";
export { type Initializer, normal, ones, withZeroRow, xavierUniform, xavierUniformOf, zeros } from "./initializers.ts";
export { layerNorm, layerNormSpec } from "./layer-norm.ts";
export { affineSpec, type LinearParams, linear, linearSpec, matrixSpec } from "./linear.ts";
export { countParameters, initialize, Parameter, type Params, param, parameterInputs, type Spec } from "./parameter.ts";
export { firstState, lastState, meanState } from "./pooling.ts";
export { positionRows, relativePositions, sinusoidalPositions } from "./positions.ts";
export { type BucketOptions, relativeBias, relativeBuckets } from "./relative-bias.ts";
export { rmsNorm, rmsNormSpec } from "./rms-norm.ts";
export { type Rotation, type RotationOptions, rotate, rotation } from "./rotary.ts";
