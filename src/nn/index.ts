export { createRandom, type Random } from "../random.ts";
export { type ActivationName, activations } from "./activations.ts";
export {
  type AttentionOptions,
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
} from "./attention.ts";
export { type Context, type ContextOptions, createContext, type Keeping, type Past } from "./context.ts";
export { type FeedForwardOptions, feedForward, feedForwardSpec } from "./feed-forward.ts";
export { type Initializer, normal, ones, withZeroRow, xavierUniform, xavierUniformOf, zeros } from "./initializers.ts";
export { layerNorm, layerNormSpec } from "./layer-norm.ts";
export { affineSpec, type LinearParams, linear, linearSpec, matrixSpec } from "./linear.ts";
export { countParameters, initialize, Parameter, type Params, param, parameterInputs, type Spec } from "./parameter.ts";
export { firstState, lastState, meanState } from "./pooling.ts";
export { fairseqPositions, positionRows, relativePositions, sinusoidalPositions, tokenNumbers } from "./positions.ts";
export { type Rotation, rotate, rotation } from "./rotary.ts";
