import { z } from "zod";
import { HeedError } from "../error.ts";
import type { ModelConfig } from "../models/family.ts";
import { camelKeys, snakeKeys, toSnakeCase } from "./config.ts";
import type { JsonObject } from "./files.ts";

const id = z.int().nonnegative();

const isIds = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);

/** Long lists: of a broken one a single problem is enough. */
const idOrIds = z.custom<number | number[]>((value) => isIds([value].flat()), "expected an id or a list of ids");
const listsOfIds = z.custom<number[][]>(
  (value) => Array.isArray(value) && value.every(isIds),
  "expected a list of lists of ids",
);

/** What Heed reads of a generation_config.json. Other keys are kept. */
export const generationConfigSchema = z.looseObject({
  numBeams: z.int().positive().optional(),
  maxLength: z.int().positive().optional(),
  maxNewTokens: z.int().positive().optional(),
  minLength: z.int().nonnegative().optional(),
  lengthPenalty: z.number().optional(),
  earlyStopping: z.union([z.boolean(), z.literal("never")]).optional(),
  noRepeatNgramSize: z.int().nonnegative().optional(),
  repetitionPenalty: z.number().positive().optional(),
  doSample: z.boolean().optional(),
  temperature: z.number().nonnegative().optional(),
  topK: z.int().nonnegative().optional(),
  topP: z.number().min(0).max(1).optional(),
  padTokenId: id.optional(),
  bosTokenId: id.optional(),
  eosTokenId: idOrIds.optional(),
  decoderStartTokenId: id.optional(),
  forcedBosTokenId: id.optional(),
  forcedEosTokenId: idOrIds.optional(),
  badWordsIds: listsOfIds.optional(),
});

/** How a model is to generate when nothing else is said: a generation_config.json in camelCase. */
export type GenerationConfig = Readonly<z.output<typeof generationConfigSchema>>;

/**
 * For a model that has none. One with an encoder translates: beams, as long as its positions go; padding, which starts the
 * decoder, is never generated. One without an encoder goes on greedily, as in Python, and no length is usual for all texts.
 */
export function defaultGenerationConfig(config: ModelConfig): GenerationConfig {
  const { padTokenId, eosTokenId, decoderStartTokenId, maxPositionEmbeddings } = config;
  if (decoderStartTokenId === undefined) return { padTokenId, eosTokenId };
  return {
    numBeams: 4,
    maxLength: maxPositionEmbeddings,
    padTokenId,
    eosTokenId,
    decoderStartTokenId,
    badWordsIds: [[padTokenId]],
  };
}

/** Reads a generation_config.json at `path`. Keys that are null are taken as absent. Errors: CONFIG_INVALID. */
export function readGenerationConfig(json: JsonObject, path: string): GenerationConfig {
  const stated = Object.entries(camelKeys(json)).filter(([, value]) => value !== null);
  const parsed = generationConfigSchema.safeParse(Object.fromEntries(stated));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = (issue?.path ?? []).map((part) => toSnakeCase(String(part))).join(".");
  throw new HeedError("CONFIG_INVALID", `${path}: ${key}: ${issue?.message}.`, { path });
}

/** The generation settings of a config.json: before there were generation_config.json files, they stood there. */
export function generationKeysOf(json: JsonObject): JsonObject {
  const keys = Object.keys(snakeKeys(generationConfigSchema.shape)).filter((key) => key in json);
  return Object.fromEntries(keys.map((key) => [key, json[key]]));
}

/** The generation_config.json. */
export const generationJson = (config: GenerationConfig): JsonObject => snakeKeys(config);
