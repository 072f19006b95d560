import { camelKeys, snakeKeys } from "./config.ts";
import type { JsonObject } from "./files.ts";

/**
 * The rotary positions of a config.json: `rope_parameters`, or, as before transformers 5, `rope_theta` and `rope_scaling`.
 *
 * @param theta What stands for `rope_theta` where it is absent.
 */
export function readRope(json: JsonObject, theta: number): JsonObject {
  const old = (json.rope_scaling ?? {}) as JsonObject;
  const { type, ...stated } = { ...old, ...((json.rope_parameters ?? {}) as JsonObject) };
  const ropeType = stated.rope_type ?? type ?? "default";
  return camelKeys({ rope_theta: json.rope_theta ?? theta, ...stated, rope_type: ropeType });
}

/** The keys of a config.json that tell of rotary positions, as both new and old versions read them. */
export function writeRope(rope: Readonly<Record<string, unknown>> & { readonly ropeTheta: number }): JsonObject {
  const { rope_theta, ...scaling } = snakeKeys(rope);
  const isPlain = scaling.rope_type === "default";
  return { rope_parameters: snakeKeys(rope), rope_theta, rope_scaling: isPlain ? null : scaling };
}
