/** A look inside: activations by name, attention, and how probable the model finds given sequences. */

export { type Ids, type InputData, teacherForced } from "../inference/sequences.ts";
export {
  type AttentionReader,
  createAttentionReader,
  crossAttentionNames,
  type SourceAttention,
  type Translated,
} from "./attention.ts";
export { activationNames, inspect } from "./inspect.ts";
export {
  createScorer,
  type ScoredSequence,
  type ScoredToken,
  type ScoreOptions,
  type Scorer,
  scoreSequences,
  type TokenProbability,
} from "./score.ts";
