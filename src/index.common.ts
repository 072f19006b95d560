/** What Heed offers wherever it runs. */
export { type ErrorCode, HeedError } from "./error.ts";
export { bleu, chrf, perplexity } from "./evaluate/index.ts";
export { createTranslator, generate, stream, type Translation, type Translator } from "./generate/index.ts";
export type { Device, Runtime } from "./graph/index.ts";
export { loadModel, modelFiles } from "./hub/index.ts";
export { activationNames, inspect } from "./inspect/index.ts";
export { families, type Model, transformer } from "./models/index.ts";
export { learnBpe, Tokenizer } from "./text/index.ts";
export { settle, type TrainEvent, train, trainSchema } from "./train/index.ts";
export type { PrepareEvent, TranslatorEvent } from "./translation/events.ts";
export { defineConfig, type Recipe, type RecipeInput } from "./translation/recipe.ts";
export { trainOnPairs } from "./translation/train-on-pairs.ts";
