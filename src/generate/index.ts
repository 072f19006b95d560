/** Generation: one decoding loop for greedy decoding, beam search and sampling; translation of text. */
export type { Candidates } from "./candidates.ts";
export { checkFamily } from "./check-family.ts";
export { generationDefaults } from "./defaults.ts";
export { generate, stream, type TokenEvent } from "./generate.ts";
export { createGenerator, type Prefilled, type SequenceGenerator } from "./generator.ts";
export { type GenerationOptions, generationSchema } from "./options.ts";
export type { GreedyOutputs, StepOutputs } from "./programs.ts";
export type { Generation } from "./search.ts";
export type { DecodingState, StateFeeds } from "./state.ts";
export {
  createTranslator,
  type ScoreTranslationOptions,
  type TranslateOptions,
  type TranslationTokenizer,
  type Translator,
  type TranslatorOptions,
} from "./translate.ts";
export type { ScoredTranslation, TokenAttention, TokenText, Translation, TranslationToken } from "./translation.ts";
