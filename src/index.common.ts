/** What Heed offers wherever it runs. */
export { type ErrorCode, type ErrorDetails, HeedError } from "./error.ts";
export { bleu, chrf, perplexity } from "./evaluate/index.ts";
export { createTranslator, generate, stream, type Translation, type Translator } from "./generate/index.ts";
export type { Device, Runtime } from "./graph/index.ts";
export { loadModel, modelFiles, readPooling, type SentenceSettings } from "./hub/index.ts";
export { createEmbedder, type Embedder, type Encoding, encodeCut } from "./inference/index.ts";
export { activationNames, inspect, teacherForced } from "./inspect/index.ts";
export { configure, families, type Model, registerFamily, transformer } from "./models/index.ts";
export type { LoadOptions } from "./tasks/load-options.ts";
export type { FilledText, FillOptions, MaskFiller } from "./tasks/mask-filler.ts";
export type { EmbedOptions, TextEmbedder } from "./tasks/text-embedder.ts";
export type { GeneratedPiece, GeneratedText, GeneratedToken, TextGenerator } from "./tasks/text-generator.ts";
export { learnBpe, Tokenizer } from "./text/index.ts";
export { settle, type TrainEvent, train, trainSchema } from "./train/index.ts";
export type { PrepareEvent, TranslationScores, TranslatorEvent } from "./translation/events.ts";
export { type MemoryRun, memoryRun } from "./translation/memory-run.ts";
export { parseRecipe } from "./translation/parse-recipe.ts";
export {
  defineConfig,
  type PairsRecipeInput,
  type Recipe,
  type RecipeInput,
  recipeSchema,
} from "./translation/recipe.ts";
export { type TranslatorRun, trainOnPairs } from "./translation/train-on-pairs.ts";
