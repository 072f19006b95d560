export { type BertConfig, type BertSpec, bert, bertSchema, bertSpec } from "./bert/index.ts";
export type { HeadSpec } from "./class-heads.ts";
export type { ConfigProblem, Inputs, ModelConfig, ModelFamily, Outputs } from "./family.ts";
export { type Gpt2Config, type Gpt2Spec, gpt2, gpt2Schema, gpt2Spec } from "./gpt2/index.ts";
export { headOf, requireHead } from "./head-of.ts";
export { classKeys, type HeadName, headKey, headNames, labelCount, writingHeads } from "./heads.ts";
export { type LlamaConfig, type LlamaSpec, llama, llamaSchema, llamaSpec } from "./llama/index.ts";
export type { Model } from "./model.ts";
export {
  type ModernBertConfig,
  type ModernBertSpec,
  modernBert,
  modernBertSchema,
  modernBertSpec,
} from "./modernbert/index.ts";
export {
  type ConfiguredFamily,
  checkConfig,
  configure,
  families,
  type ModelInput,
  registerFamily,
} from "./registry.ts";
export { type T5Config, type T5Spec, t5, t5Schema, t5Spec } from "./t5/index.ts";
export {
  type TransformerConfig,
  type TransformerInput,
  type TransformerSpec,
  transformer,
  transformerSchema,
  transformerSpec,
} from "./transformer/index.ts";
