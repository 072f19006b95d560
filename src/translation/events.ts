import type { TrainEvent } from "../train/events.ts";

/** What is being made ready before the first step. */
export interface PrepareEvent {
  readonly type: "prepare";
  readonly stage: "data" | "tokenizer" | "tokens";
  /** Sentence pairs: while the stage goes on those so far, else all. */
  readonly pairs: number;
  /** How far the stage is, from 0 to 1, while it goes on; of one that is over in a moment nothing is told. */
  readonly share?: number;
  /** How many tokens the tokenizer has, once there is one: fewer than asked for where the text has no more to merge. */
  readonly vocabSize?: number;
}

/** What is measured on validation pairs beside the loss. */
export type TranslationScores = {
  /** Of greedy translations, from 0 to 100; absent where `validationBleu` is null. */
  readonly bleu?: number;
};

export type TranslatorEvent = PrepareEvent | TrainEvent<TranslationScores>;
