import { HeedError } from "../../error.ts";
import type { ByteSource, PairBlocks, ReadPair } from "../pair.ts";
import { readLines } from "./lines.ts";

export interface JsonlFields {
  /** The field that holds the source. Default "source". */
  readonly sourceField?: string | undefined;
  /** The field that holds the target. Default "target". */
  readonly targetField?: string | undefined;
  /** The languages, as keys of `translation` in rows such as {"translation": {"en": "…", "fr": "…"}}. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * One JSON object a line. A row that has a `translation` object, and not the two fields, is read by its languages.
 * Blank lines are skipped.
 * @throws HeedError DATA_INVALID for what is no such object, naming the line; and as `readLines` does
 */
export async function* readJsonl(source: ByteSource, fields: JsonlFields = {}): PairBlocks {
  for await (const { first, lines } of readLines(source)) {
    yield lines.flatMap((text, i): ReadPair[] => {
      if (text.trim() === "") return [];
      try {
        return [{ ...pairOf(JSON.parse(text), fields), line: first + i }];
      } catch (cause) {
        throw invalidRow(source.name, first + i, text, cause);
      }
    });
  }
}

type Row = Readonly<Record<string, unknown>>;

function pairOf(value: unknown, fields: JsonlFields): { source: string; target: string } {
  const { sourceField = "source", targetField = "target", from, to } = fields;
  if (!isRow(value))
    throw new TypeError(`expected an object${Array.isArray(value) ? `, found a list. ${ONE_A_LINE}` : ""}`);
  const translation = value.translation;
  if (sourceField in value || targetField in value || !isRow(translation)) {
    return { source: textOf(value, sourceField), target: textOf(value, targetField) };
  }
  if (from === undefined || to === undefined) {
    throw new TypeError(
      `the row has translations in ${namesIn(translation)}: choose two of them with \`from\` and \`to\``,
    );
  }
  return { source: textOf(translation, from), target: textOf(translation, to) };
}

function textOf(row: Row, field: string): string {
  const value = Object.hasOwn(row, field) ? row[field] : undefined;
  if (typeof value === "string") return value;
  if (value !== undefined) throw new TypeError(`the field "${field}" must be a text`);
  throw new TypeError(
    `there is no field "${field}" (found: ${namesIn(row)}); in a recipe, \`sourceField\` and \`targetField\` name them`,
  );
}

/** A row that is a whole catalogue has thousands. */
const MAX_NAMES = 20;

function namesIn(row: object): string {
  const names = Object.keys(row);
  return [...names.slice(0, MAX_NAMES), ...(names.length > MAX_NAMES ? ["…"] : [])].join(", ") || "none";
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const ONE_A_LINE = 'JSON Lines have one object a line, such as {"source": "…", "target": "…"}';

function invalidRow(path: string, line: number, text: string, cause: unknown): HeedError {
  // A value of JSON over several lines begins with a bracket, or little more.
  const hint = /^\s*[{[]/.test(text) && !/[}\]]\s*$/.test(text) ? ` ${ONE_A_LINE}.` : "";
  const reason = cause instanceof SyntaxError ? `not valid JSON (${cause.message})` : (cause as Error).message;
  return new HeedError("DATA_INVALID", `${path}, line ${line}: ${reason}.${hint}`, { path, line, cause });
}
