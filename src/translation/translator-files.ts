import type { FileContent } from "../hub/files.ts";
import { modelFiles } from "../hub/model-folder.ts";
import type { Model } from "../models/model.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Recipe } from "./recipe.ts";

/** The files of a Hugging Face folder that translates as a recipe says. */
export function translatorFiles(
  model: Model,
  tokenizer: Tokenizer,
  decode: Recipe["decode"],
): Promise<Map<string, FileContent>> {
  const { padTokenId, eosTokenId, decoderStartTokenId } = model.config;
  return modelFiles({
    model,
    tokenizerJson: tokenizer.toJSON(),
    tokenizerConfig: tokenizer.configJSON(),
    generationConfig: { ...decode, padTokenId, eosTokenId, decoderStartTokenId, badWordsIds: [[padTokenId]] },
  });
}
