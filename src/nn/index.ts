export { createRandom, type Random } from "../random.ts";
export { type ActivationName, activations } from "./activations.ts";
export {
  type AttentionOptions,
  attention,
  attentionSpec,
  attentionToMemory,
  attentionToPast,
  causalMask,
  type KeyValue,
  keyValue,
  type NewKeyValue,
  paddingMask,
} from "./attention.ts";
export { type Context, type ContextOptions, createContext } from "./context.ts";
export { type FeedForwardOptions, feedForward, feedForwardSpec } from "./feed-forward.ts";
export { type Initializer, normal, ones, withZeroRow, xavierUniform, xavierUniformOf, zeros } from "./initializers.ts";
export { layerNorm, layerNormSpec } from "./layer-norm.ts";
export { linear, linearSpec } from "./linear.ts";
export { countParameters, initialize, Parameter, type Params, param, parameterInputs, type Spec } from "./parameter.ts";
export { sinusoidalPositions } from "./positions.ts";
