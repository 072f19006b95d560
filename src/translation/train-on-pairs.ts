import type { PairCorpus } from "../data/corpus.ts";
import type { EncodedCorpus } from "../data/encoded.ts";
import { HeedError } from "../error.ts";
import { bleu } from "../evaluate/bleu.ts";
import { createTranslator } from "../generate/translate.ts";
import type { Runtime } from "../graph/runtime.ts";
import { encodeUpTo } from "../inference/encode-up-to.ts";
import { startToken } from "../inference/sequences.ts";
import type { Model } from "../models/model.ts";
import { checkConfig, families } from "../models/registry.ts";
import { countParameters, initializeInSlices } from "../nn/parameter.ts";
import { paced, pacer } from "../pacer.ts";
import { checkParameters, memoryLimit } from "../runtime/memory-limit.ts";
import { type LearnProgress, learnBpe } from "../text/learn-bpe.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { inRecipe } from "../train/advice.ts";
import type { Checkpoint, RunStore } from "../train/checkpoint.ts";
import { told } from "../train/event-queue.ts";
import { settle } from "../train/settle.ts";
import { train } from "../train/trainer.ts";
import { translationBatches } from "./batches.ts";
import { bleuTokenizer } from "./bleu-tokenizer.ts";
import { encodePairs, type PairEncoding } from "./encode-pairs.ts";
import type { PrepareEvent, TranslationScores, TranslatorEvent } from "./events.ts";
import { parsePairsRecipe } from "./parse-recipe.ts";
import type { PairsRecipe, PairsRecipeInput, Recipe } from "./recipe.ts";
import { seldom } from "./seldom.ts";
import { Spellings } from "./spellings.ts";
import { refuseChanges } from "./unchanged.ts";

export interface TranslatorRun {
  /** As a person writes it, or complete. Its `data` are not read: the pairs are given. */
  readonly recipe: PairsRecipeInput | Recipe;
  readonly data: { readonly train: PairCorpus; readonly validation?: PairCorpus };
  /** A tokenizer to use; one is learned from the training pairs unless given. */
  readonly tokenizer?: Tokenizer | undefined;
  /** One that runs in a worker keeps the calling thread free. */
  readonly runtime: Runtime;
  /** Where to keep checkpoints, once the tokenizer that belongs to them is known; `memoryRun` has one. */
  readonly store?: ((tokenizer: Tokenizer, recipe: PairsRecipe) => Promise<RunStore>) | undefined;
  readonly resume?: Checkpoint | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many bytes the parameters may take; 80% of what is free unless told. */
  readonly memoryLimit?: number | undefined;
}

/**
 * Trains a translator from sentence pairs: learns a tokenizer, encodes the pairs, initialises a model and trains it, with
 * BLEU on the validation pairs. Tells what happens as it happens; see `train`.
 *
 * @throws HeedError CONFIG_INVALID naming every wrong key and value of the recipe
 */
export async function* trainOnPairs(given: TranslatorRun): AsyncGenerator<TranslatorEvent> {
  const run = { ...given, recipe: parsePairsRecipe(given.recipe) };
  const { recipe, data, runtime, resume, signal } = run;
  refuseUnjudged(run);
  refuseUnreadTokenizer(run);
  const tokenizer = run.tokenizer ?? (yield* learnTokenizer(data.train, recipe, signal));
  refuseDropout(recipe, tokenizer);
  const model = await (resume === undefined ? initialModel(run, tokenizer) : resumedModel(resume, recipe, tokenizer));
  yield { type: "prepare", stage: "tokens", pairs: data.train.size, vocabSize: tokenizer.vocabSize };
  const encoding = { tokenizer, maxLength: model.config.maxPositionEmbeddings };
  const training = yield* encodePairs(data.train, encoding, signal);
  using spellings = yield* spelledAnew(run, encoding);
  const validation = data.validation && (yield* encodePairs(data.validation, encoding, signal));
  const { validationBleu, ...open } = recipe.train;
  const ids = { padTokenId: model.config.padTokenId, decoderStartTokenId: startToken(model.config) };
  const store = await run.store?.(tokenizer, recipe);
  const validate =
    data.validation && validationBleu !== null
      ? await bleuOn(data.validation, validationBleu, run, encoding)
      : undefined;
  const facts = { tokens: await tokensIn(training), score: validate && "bleu" };
  const settings = settle(open, facts, resume?.progress.settled);
  const { seed, maxTokens } = settings;
  yield* train<TranslationScores>({
    model,
    settings,
    data: {
      train: translationBatches(training, { seed, maxTokens, ...ids }, spellings),
      ...(validation && { validation: translationBatches(validation, { seed: 0, maxTokens, ...ids }) }),
    },
    runtime,
    ...(validate && { validate }),
    ...(store && { store }),
    ...(resume && { resume }),
    ...(signal && { signal }),
  });
}

/** Source and target tokens of all pairs. */
async function tokensIn({ sourceLengths, targetLengths }: EncodedCorpus): Promise<number> {
  let sum = 0;
  for (let i = 0; i < sourceLengths.length; i++) {
    if (i % 65536 === 65535 && pacer.due()) await pacer.rest();
    sum += sourceLengths[i]! + targetLengths[i]!;
  }
  return sum;
}

/** One vocabulary for both sides, learned from both. */
async function* learnTokenizer(
  corpus: PairCorpus,
  { tokenizer: { kind, vocabSize, lowercase } }: PairsRecipe,
  signal: AbortSignal | undefined,
): AsyncGenerator<PrepareEvent, Tokenizer, undefined> {
  const pairs = corpus.size;
  yield { type: "prepare", stage: "tokenizer", pairs };
  return yield* told((tell, within) => {
    const onProgress = seldom((progress: LearnProgress) => tell({ ...learned(progress, pairs), stage: "tokenizer" }));
    return learnBpe(bothSides(corpus, within), { kind, vocabSize, lowercase, signal: within, onProgress });
  }, signal);
}

/** Reading counts as one half of the work, making tokens as the other. */
function learned(progress: LearnProgress, pairs: number): Omit<PrepareEvent, "stage"> {
  if (progress.stage === "merge") {
    return { type: "prepare", pairs, share: (1 + progress.tokens / progress.vocabSize) / 2 };
  }
  const read = Math.floor(progress.lines / 2);
  return { type: "prepare", pairs: read, share: read / pairs / 2 };
}

async function* bothSides(corpus: PairCorpus, signal: AbortSignal | undefined): AsyncGenerator<string> {
  for await (const block of corpus.pairs(signal)) {
    for (const { source, target } of block) {
      yield source;
      yield target;
    }
  }
}

/** A training whose recipe was checked. */
type CheckedRun = TranslatorRun & { readonly recipe: PairsRecipe };

/** Settings that need validation pairs are wrong without them. */
function refuseUnjudged({ recipe: { train }, data }: CheckedRun): void {
  if (data.validation !== undefined) return;
  const needsScore = train.bestBy !== null && train.bestBy !== "loss";
  const key = train.patience !== null ? "patience" : needsScore ? "bestBy" : undefined;
  if (key === undefined) return;
  const without = `train.${key}: there are no validation pairs to judge by. Leave it out, or hold some out`;
  const message = `${without}: ${inRecipe("data", { split: { validation: "5%" } })}`;
  throw new HeedError("CONFIG_INVALID", message, { path: `train.${key}` });
}

function refuseUnreadTokenizer({ recipe, tokenizer }: CheckedRun): void {
  if (recipe.tokenizer.path === null || tokenizer !== undefined) return;
  const message = "tokenizer.path: nothing is read from a disk here. Open the tokenizer and give it as `tokenizer`.";
  throw new HeedError("CONFIG_INVALID", message, { path: "tokenizer.path" });
}

function refuseDropout({ tokenizer: { dropout } }: PairsRecipe, { mergesPairs }: Tokenizer): void {
  if (dropout === 0 || mergesPairs) return;
  const either = [{ dropout: 0 }, { path: null, dropout }].map((value) => inRecipe("tokenizer", value)).join(" or ");
  const what = "tokenizer.dropout: this tokenizer does not form its tokens by merging a word's characters in pairs";
  const message = `${what}, so there are no merges to leave out. Keep them all, or let one be learned: ${either}`;
  throw new HeedError("CONFIG_INVALID", message, { path: "tokenizer.dropout" });
}

async function initialModel({ recipe, runtime, ...run }: CheckedRun, tokenizer: Tokenizer): Promise<Model> {
  const { family, config } = configured(recipe, tokenizer);
  const spec = family.spec(config);
  const limit = memoryLimit(runtime.device, run.memoryLimit);
  if (limit !== undefined) checkParameters(countParameters(spec), limit);
  const parameters = await initializeInSlices(spec, recipe.train.seed);
  return { family, config, parameters };
}

/** The model of a checkpoint. What the recipe says of the model by now must be what it was. */
function resumedModel({ model }: Checkpoint, recipe: PairsRecipe, tokenizer: Tokenizer): Model {
  const { family, config } = configured(recipe, tokenizer);
  refuseChanges("model", { modelType: model.family.modelType }, { modelType: family.modelType });
  refuseChanges("model", model.config, config);
  return model;
}

function configured(recipe: PairsRecipe, tokenizer: Tokenizer) {
  const { modelType, ...settings } = recipe.model as { modelType: string };
  const family = families.get(modelType)!;
  const { padId, eosId } = tokenizer;
  if (padId === undefined || eosId === undefined) {
    const missing = padId === undefined ? "padding" : "end-of-sentence";
    throw new HeedError("CONFIG_INVALID", `The tokenizer names no ${missing} token, which a translator needs.`);
  }
  const derived = { vocabSize: tokenizer.vocabSize, padTokenId: padId, eosTokenId: eosId, decoderStartTokenId: padId };
  return { family, config: checkConfig(family, { ...settings, ...derived }, "model") };
}

/** Where merges drop out, the training pairs as each epoch spells them. */
async function* spelledAnew(
  { recipe, data, resume, signal }: CheckedRun,
  encoding: PairEncoding,
): AsyncGenerator<PrepareEvent, Spellings | undefined, undefined> {
  const { dropout: rate } = recipe.tokenizer;
  if (rate === 0) return undefined;
  return yield* Spellings.from(
    resume?.progress.epoch ?? 0,
    data.train,
    { ...encoding, rate, seed: recipe.train.seed },
    signal,
  );
}

/**
 * BLEU of greedy translations of the first validation pairs, computed where the training runs; without regard to case
 * where the vocabulary has none.
 */
async function bleuOn(
  corpus: PairCorpus,
  count: number,
  { runtime, recipe }: CheckedRun,
  { tokenizer, maxLength }: PairEncoding,
) {
  const tokenize = bleuTokenizer(recipe.data.to);
  const pairs = await corpus.read(Array.from({ length: Math.min(count, corpus.size) }, (_, i) => i));
  const [sources, references] = [pairs.map(({ source }) => source), pairs.map(({ target }) => target)];
  const encode = (text: string) => tokenizer.encode(text);
  const lengths = await paced(references, (text) => encodeUpTo(encode, text, maxLength).length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return async (model: Model, signal: AbortSignal): Promise<TranslationScores> => {
    // A model that has learned little does not end its sentences: without this bound an early evaluation takes minutes.
    const maxNewTokens = Math.min(2 * longest, maxLength);
    await using translator = createTranslator({ model, tokenizer, runtime });
    const options = { numBeams: 1, maxNewTokens, batchSize: BATCH, truncate: true, signal };
    const translations = await translator.translate(sources, options);
    const hypotheses = translations.map(([best]) => best!.text);
    return { bleu: bleu(hypotheses, [references], { tokenize, lowercase: tokenizer.lowercase }).score };
  };
}

/** Sentences translated together: what a step copies to the worker must not hold the event loop. */
const BATCH = 32;
