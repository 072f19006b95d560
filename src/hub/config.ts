import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import type { ModelConfig, ModelFamily } from "../models/family.ts";
import type { JsonObject } from "./files.ts";

/** `d_model` → `dModel`: how Hugging Face's keys are spelled in Heed. */
export const toCamelCase = (key: string): string =>
  key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** `dModel` → `d_model`, the inverse. */
export const toSnakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The object with its own keys (not those of objects in it) in camelCase. */
export const camelKeys = (json: JsonObject): JsonObject => mapKeys(json, toCamelCase);

/** The object with its own keys (not those of objects in it) in snake_case. */
export const snakeKeys = (config: JsonObject): JsonObject => mapKeys(config, toSnakeCase);

const mapKeys = (object: JsonObject, rename: (key: string) => string): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));

/** The object without some of its keys. */
export const without = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

/** A number of a config.json, or NaN for what is none: an object may have no primitive value. */
export const numberOf = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

/**
 * A positive whole number of a config.json from which others follow.
 *
 * @throws HeedError CONFIG_INVALID
 */
export function countOf(json: JsonObject, key: string, path: string): number {
  const value = json[key];
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  const message = `${path}: ${key}: expected a positive whole number, found ${shown(value)}.`;
  throw new HeedError("CONFIG_INVALID", message, { path });
}

/**
 * Checks a config that was read from a config.json, and fills in the family's defaults.
 *
 * @throws HeedError CONFIG_INVALID with the file and the key as it is spelled there.
 */
export function checkFolderConfig<C extends ModelConfig>(family: ModelFamily<C>, config: JsonObject, path: string): C {
  const invalid = (key: string, message: string) =>
    new HeedError("CONFIG_INVALID", `${path}: ${key === "" ? "" : `${toSnakeCase(key)}: `}${message}.`, { path });
  const parsed = family.schema.safeParse(config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid((issue?.path ?? []).join("."), issue?.message ?? "the config is not valid");
  }
  const [problem] = family.problems(parsed.data);
  if (problem !== undefined) throw invalid(problem.key, problem.message);
  return parsed.data;
}
