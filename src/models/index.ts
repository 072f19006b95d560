export type { ConfigProblem, Inputs, ModelConfig, ModelFamily, Outputs } from "./family.ts";
export type { Model } from "./model.ts";
export { checkConfig, families, type ModelInput } from "./registry.ts";
export {
  type TransformerConfig,
  type TransformerInput,
  type TransformerSpec,
  transformer,
  transformerSchema,
  transformerSpec,
} from "./transformer/index.ts";
