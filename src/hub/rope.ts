import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import { type RopeParameters, ropeSchema } from "../models/rope.ts";
import { camelKeys, numberOf, snakeKeys, toSnakeCase } from "./config.ts";
import type { JsonObject } from "./files.ts";

/** The keys that each kind of rotary positions has, in snake_case. */
const keysOf = new Map(
  ropeSchema.options.map(({ shape }) => [shape.ropeType.value as string, Object.keys(shape).map(toSnakeCase)]),
);

/**
 * The rotary positions of a config.json: `rope_parameters`, or, as before transformers 5, `rope_theta` and `rope_scaling`.
 *
 * @param json With `rope_theta` and `max_position_embeddings`, by default those of the class.
 * @throws HeedError MODEL_UNSUPPORTED where positions turn in a way that Heed does not have.
 */
export function readRope(json: JsonObject, path: string): JsonObject {
  const stated = isFilled(json.rope_scaling) ? json.rope_scaling : ((json.rope_parameters ?? {}) as JsonObject);
  const first = json.original_max_position_embeddings ?? undefined;
  const original = first === undefined ? {} : { original_max_position_embeddings: first };
  return readRopeObject({ rope_theta: json.rope_theta, ...stated, ...original }, path, json.max_position_embeddings);
}

/**
 * Rotary positions as one object states them. Keys of other kinds of them change nothing.
 *
 * @param longest The `max_position_embeddings` beside it.
 * @throws HeedError MODEL_UNSUPPORTED where positions turn in a way that Heed does not have.
 */
export function readRopeObject(object: JsonObject, path: string, longest: unknown): JsonObject {
  const stated = withoutNull(object);
  const ropeType = stated.rope_type ?? stated.type ?? "default";
  const known = keysOf.get(ropeType as string);
  if (known === undefined) {
    const found = `${path}: rope_type is ${shown(ropeType)}, which Heed does not have.`;
    throw new HeedError("MODEL_UNSUPPORTED", `${found} It computes ${[...keysOf.keys()].join(", ")}.`, { path });
  }
  const original = stated.original_max_position_embeddings ?? longest;
  const ofYarn = ropeType === "yarn" ? { factor: numberOf(longest) / numberOf(original) } : {};
  const all: JsonObject = { ...ofYarn, ...stated, original_max_position_embeddings: original, rope_type: ropeType };
  return camelKeys(Object.fromEntries(Object.entries(all).filter(([key]) => known.includes(key))));
}

/** The keys of a config.json that tell of rotary positions, as both new and old versions read them. */
export function writeRope(rope: RopeParameters): JsonObject {
  const { rope_theta, ...scaling } = snakeKeys(rope);
  const isPlain = scaling.rope_type === "default";
  return { rope_parameters: snakeKeys(rope), rope_theta, rope_scaling: isPlain ? null : scaling };
}

const isFilled = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0;

const withoutNull = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
