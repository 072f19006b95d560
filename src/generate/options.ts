import { z } from "zod";
import { HeedError } from "../error.ts";
import { type ModelConfig, writtenVocabSize } from "../models/family.ts";
import { MOST_BEAMS, SAMPLES_TOGETHER } from "./limits.ts";

const count = z.int().positive();
const tokenId = z.int().nonnegative();

/** The options of generation, under the names of Hugging Face's generation_config.json and with their meaning. */
export const generationSchema = z.strictObject({
  numBeams: count
    .max(MOST_BEAMS)
    .default(1)
    .describe("Hypotheses kept at each step by beam search; 1 is greedy decoding."),
  numReturnSequences: count
    .max(100_000)
    .default(1)
    .describe("Sequences to return for each input: the n best, or n samples."),
  lengthPenalty: z
    .number()
    .min(-10)
    .max(10)
    .default(1)
    .describe("Scores are divided by length^lengthPenalty, from -10 to 10: above 0 favours longer sequences."),
  earlyStopping: z
    .union([z.boolean(), z.literal("never")])
    .default(false)
    .describe("true: stop at numBeams finished sequences; false: when a better one is unlikely; never: impossible."),
  doSample: z.boolean().default(false).describe("Draw tokens at random by their probabilities."),
  temperature: z.number().positive().default(1).describe("With doSample: below 1 sharpens, above 1 flattens."),
  topK: count.optional().describe("With doSample: draw among the k most probable tokens only."),
  topP: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe("With doSample: draw among the most probable tokens that together have this probability."),
  seed: z.int().nonnegative().optional().describe("With doSample: the same seed draws the same; random unless told."),
  maxLength: count
    .optional()
    .describe("Longest sequence in tokens, the start token included; what the model can unless told."),
  maxNewTokens: count.optional().describe("Longest sequence in tokens, the start token not counted; before maxLength."),
  minNewTokens: z.int().nonnegative().default(0).describe("So many tokens come before the sequence may end."),
  suppressTokens: z.array(tokenId).default([]).describe("Tokens that are never generated; the padding token never is."),
  renormalizeLogits: z
    .boolean()
    .default(false)
    .describe("Spread the probability of tokens that may not come over the others; else it is lost."),
  eosTokenId: z
    .union([tokenId, z.array(tokenId)])
    .optional()
    .describe("The token, or tokens, with which a sequence ends; the model's unless told."),
  forcedBosTokenId: tokenId
    .optional()
    .describe("The token that a decoder beside an encoder begins with, as where it is told a language."),
  forcedEosTokenId: tokenId.optional().describe("The token that a sequence of the longest length ends with."),
  top: z.int().nonnegative().default(0).describe("Most probable alternatives to return with each token."),
  batchSize: count.optional().describe("Inputs decoded together, of 16 samples at most each; well chosen unless told."),
});

export type GenerationOptions = z.input<typeof generationSchema> & { readonly signal?: AbortSignal | undefined };

/** Checked options of one call, for one model. */
export interface GenerationSettings extends Omit<z.output<typeof generationSchema>, "eosTokenId"> {
  readonly maxNewTokens: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Tokens with which a sequence ends. */
  readonly ends: readonly number[];
  /** Tokens that no step may choose. */
  readonly suppressed: ReadonlySet<number>;
  readonly signal: AbortSignal | undefined;
}

/** Rows decoded together: more rows share the reading of the weights, up to where the arithmetic takes longer. */
const ROWS = 128;

/**
 * Options, and behind them the defaults for those that are not given or undefined. Of the two names of the longest
 * sequence the one that is given holds, whichever the defaults have.
 */
export function withDefaults<T extends GenerationOptions>(options: T, defaults: T): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { maxNewTokens, ...others } = defaults;
  const behind = options.maxLength === undefined ? defaults : others;
  return { ...(behind as T), ...Object.fromEntries(given) };
}

/**
 * Checks options and fills in what is left out.
 *
 * @param read How many tokens of the longest prompt are read before the first step; none where a decoder just starts.
 * @throws HeedError CONFIG_INVALID
 */
export function resolveOptions(
  { signal, ...options }: GenerationOptions,
  config: ModelConfig,
  read = 0,
): GenerationSettings {
  const parsed = generationSchema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(issue?.path.join(".") ?? "", `${issue?.path.join(".") || "options"}: ${issue?.message}.`);
  }
  const settings = parsed.data;
  checkTogether(settings);
  const { padTokenId } = config;
  const vocabSize = writtenVocabSize(config);
  const { eosTokenId = config.eosTokenId ?? [], suppressTokens, forcedBosTokenId, forcedEosTokenId } = settings;
  const ends = [eosTokenId].flat();
  for (const [key, ids] of Object.entries({ suppressTokens, forcedBosTokenId, forcedEosTokenId, eosTokenId: ends })) {
    const wrong = [ids ?? []].flat().find((id) => id >= vocabSize);
    if (wrong !== undefined) throw invalid(key, `${key}: the token id ${wrong} is not below vocabSize (${vocabSize}).`);
  }
  // To a model without an encoder padding is a token as others are, as in Hugging Face's library.
  const isForbidden = config.head !== "nextToken" && !ends.includes(padTokenId);
  const suppressed = new Set([...suppressTokens, ...(isForbidden ? [padTokenId] : [])]);
  if (suppressed.size + 1 >= vocabSize) throw invalid("suppressTokens", "No token is left that may be generated.");
  const rowsOfInput = settings.doSample ? Math.min(settings.numReturnSequences, SAMPLES_TOGETHER) : settings.numBeams;
  return {
    ...settings,
    signal,
    ends,
    maxNewTokens: longest(settings, config, read),
    batchSize: settings.batchSize ?? Math.max(1, Math.floor(ROWS / rowsOfInput)),
    seed: settings.seed ?? Math.floor(Math.random() * 2 ** 32),
    suppressed,
  };
}

function checkTogether({ doSample, numBeams, numReturnSequences }: z.output<typeof generationSchema>): void {
  if (doSample && numBeams > 1) {
    throw invalid("numBeams", "Sampling keeps no beams: set numBeams to 1, or doSample to false.");
  }
  if (!doSample && numReturnSequences > numBeams) {
    const message = `numBeams (${numBeams}) hypotheses cannot give numReturnSequences (${numReturnSequences}) sequences.`;
    throw invalid("numReturnSequences", `${message} Raise numBeams.`);
  }
}

/** Token t behind a prompt is predicted from position read + t, counted from 0. */
function longest(
  settings: z.output<typeof generationSchema>,
  { maxPositionEmbeddings }: ModelConfig,
  read: number,
): number {
  const { maxNewTokens, maxLength = maxPositionEmbeddings } = settings;
  const [key, names, given, wanted] =
    maxNewTokens === undefined
      ? ["maxLength", "maxLength", maxLength, Math.max(1, maxLength - 1 - read)]
      : ["maxNewTokens", "maxNewTokens, --max-length", maxNewTokens, maxNewTokens];
  if (read + wanted <= maxPositionEmbeddings) return wanted;
  const limit = `the model's ${maxPositionEmbeddings} positions`;
  const behind = read === 0 ? "" : ` behind a prompt of ${read + 1}`;
  throw invalid(key, `Sequences of ${given} tokens (${names})${behind} are longer than ${limit}. Ask for fewer.`);
}

function invalid(path: string, message: string): HeedError {
  return new HeedError("CONFIG_INVALID", message, { path });
}
