export { type BertConfig, type BertSpec, bert, bertSchema, bertSpec } from "./bert/index.ts";
export type { ConfigProblem, Inputs, ModelConfig, ModelFamily, Outputs } from "./family.ts";
export { type Gpt2Config, type Gpt2Spec, gpt2, gpt2Schema } from "./gpt2/index.ts";
export {
  classKeys,
  type HeadName,
  headKey,
  headNames,
  headOf,
  labelCount,
  requireHead,
  writingHeads,
} from "./heads.ts";
export type { Model } from "./model.ts";
export {
  type ModernBertConfig,
  type ModernBertSpec,
  modernBert,
  modernBertSchema,
  modernBertSpec,
} from "./modernbert/index.ts";
export { checkConfig, families, type ModelInput, registerFamily } from "./registry.ts";
export {
  type TransformerConfig,
  type TransformerInput,
  type TransformerSpec,
  transformer,
  transformerSchema,
  transformerSpec,
} from "./transformer/index.ts";
