export { BleuAccumulator, type BleuOptions, type BleuScore, bleu, sentenceBleu } from "./bleu.ts";
export type { SmoothingMethod } from "./bleu-score.ts";
export { ChrfAccumulator, type ChrfOptions, type ChrfScore, chrf, sentenceChrf } from "./chrf.ts";
export type { References, SegmentReferences } from "./corpus.ts";
export { perplexity } from "./perplexity.ts";
export { type TokenAccuracy, tokenAccuracy } from "./token-accuracy.ts";
export type { TokenizerName } from "./tokenizers.ts";
