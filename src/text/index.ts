/** Tokenizers: learn them, load them, use them. Nothing here knows of graphs or models. */

export type { MergeDropout } from "./bpe-dropout.ts";
export type { BpeKind } from "./bpe-kinds.ts";
export { type LearnBpeOptions, type LearnProgress, learnBpe } from "./learn-bpe.ts";
export { marianSpecialTokens, type SpecialTokens } from "./special-tokens.ts";
export { type EncodeTextOptions, Tokenizer } from "./tokenizer.ts";
export type {
  AddedToken,
  Component,
  ModelJson,
  NamedToken,
  SpecialRole,
  TokenizerConfigJson,
  TokenizerJson,
} from "./tokenizer-json.ts";
