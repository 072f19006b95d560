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
    // minLength counts the start token.
    minNewTokens: Math.max(minLength - 1, typeof minNewTokens === "number" ? minNewTokens : 0),
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
