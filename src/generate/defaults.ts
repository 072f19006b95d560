import { toSnakeCase } from "../hub/config.ts";
import type { GenerationConfig } from "../hub/generation-config.ts";
import type { ModelConfig } from "../models/family.ts";
import type { GenerationOptions } from "./options.ts";

/**
 * The options that a generation_config.json asks for. What Heed does not have (penalties for repetition, bad words of
 * several tokens) is left aside.
 */
export function generationDefaults(config: GenerationConfig, model: ModelConfig): GenerationOptions {
  const { maxLength, minLength = 0, minNewTokens, badWordsIds = [], forcedEosTokenId, renormalizeLogits } = config;
  const ends = [config.eosTokenId ?? model.eosTokenId ?? []].flat();
  return {
    eosTokenId: config.eosTokenId,
    forcedBosTokenId: model.decoderStartTokenId === undefined ? undefined : config.forcedBosTokenId,
    numBeams: config.numBeams,
    lengthPenalty: config.lengthPenalty,
    earlyStopping: config.earlyStopping,
    doSample: config.doSample,
    temperature: positive(config.temperature),
    topK: positive(config.topK),
    topP: positive(config.topP),
    maxNewTokens: config.maxNewTokens && Math.min(config.maxNewTokens, model.maxPositionEmbeddings),
    maxLength: maxLength && Math.min(maxLength, model.maxPositionEmbeddings),
    // Of the two minNewTokens holds, as in transformers; minLength counts the start token.
    minNewTokens: typeof minNewTokens === "number" ? minNewTokens : Math.max(minLength - 1, 0),
    // As in Hugging Face's library, the end of the sentence cannot be banned.
    suppressTokens: badWordsIds.flatMap((ids) => (ids.length === 1 && !ends.includes(ids[0]!) ? ids : [])),
    renormalizeLogits: renormalizeLogits === true,
    forcedEosTokenId: Array.isArray(forcedEosTokenId) ? forcedEosTokenId[0] : forcedEosTokenId,
  };
}

/** Some files write 0 where they mean "not used". */
function positive(number: number | undefined): number | undefined {
  return number === 0 ? undefined : number;
}

/** Keys that shape texts in Python and are not here, with the values at which they change nothing. */
const unknownHere: Readonly<Record<string, unknown>> = {
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
  encoderRepetitionPenalty: 1,
  encoderNoRepeatNgramSize: 0,
  suppressTokens: undefined,
  beginSuppressTokens: undefined,
  sequenceBias: undefined,
  exponentialDecayLengthPenalty: undefined,
  typicalP: 1,
  minP: 0,
  epsilonCutoff: 0,
  etaCutoff: 0,
  penaltyAlpha: 0,
  guidanceScale: 1,
  numBeamGroups: 1,
  maxTime: undefined,
  stopStrings: undefined,
};

/** What a generation_config.json asks for that is left aside, in its own spelling: texts may differ from Python's. */
export function ignoredGenerationKeys(config: GenerationConfig): string[] {
  const asked = Object.entries(config).filter(
    ([key, value]) => Object.hasOwn(unknownHere, key) && value !== undefined && value !== unknownHere[key],
  );
  const bad = config.badWordsIds?.some((ids) => ids.length > 1) ? ["badWordsIds"] : [];
  return [...asked.map(([key]) => key), ...bad].map(toSnakeCase).sort();
}
