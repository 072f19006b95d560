import { HeedError } from "./error.ts";

/** Far beyond what any file needs; what walks through values by calling itself can go so deep. */
const MAX_DEPTH = 100;

/**
 * Parses a JSON file.
 *
 * @throws HeedError FORMAT_INVALID with the path, and the line where one is known: for what is no JSON, no UTF-8, or
 *   nested deeper than 100 levels.
 */
export function parseJson(bytes: Uint8Array, path: string): unknown {
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (isTooDeep(value)) throw new Error(`it is nested deeper than ${MAX_DEPTH} levels`);
    return value;
  } catch (cause) {
    const { message: reason } = cause as Error;
    const position = /at position (\d+)/.exec(reason)?.[1];
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split("\n").length;
    const message = `${path} is not JSON: ${reason}. Is the file whole? Take it again from where it came from.`;
    throw new HeedError("FORMAT_INVALID", message, { path, line, cause });
  }
}

/** Whether a value of JSON is nested deeper than 100 levels. */
export function isTooDeep(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isTooDeep(inner, depth - 1));
}

/** A value as messages show it: its JSON, at most 60 characters of it. */
export function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : asText(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

/** YAML can make values that have no JSON: an object that holds itself, for one. */
function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? "a list" : "an object";
  }
}
