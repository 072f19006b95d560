import { encodingAtStart, encodingOf, UTF8 } from "./encoding.ts";
import { MO_MAGIC } from "./mo-tables.ts";

/** The beginning of a file. */
export interface FileStart {
  readonly bytes: Uint8Array;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
}

/**
 * What a file holds: pairs in one of the formats; a single value of JSON, other XML, a web page, values in quotes with
 * commas between them; text that may be anything; nothing.
 */
export type FileKind = "tsv" | "jsonl" | "po" | "mo" | "tmx" | "json" | "xml" | "html" | "csv" | "text" | "empty";

/** What a file holds, as far as its beginning shows it. */
export async function kindOf(start: FileStart): Promise<FileKind> {
  if (isMo(start.bytes)) return "mo";
  const text = await textAt(start);
  if (text.trim() === "") return start.isWhole ? "empty" : "text";
  if (/^\s*<(?:\?xml|!doctype|tmx|html)[\s>]/i.test(text)) return kindOfMarkup(text);
  if (/^[ \t]*(?:msgctxt|msgid)[ \t]*"/m.test(text)) return "po";
  const lines = linesOf(text, start.isWhole);
  if (isJsonLines(lines)) return "jsonl";
  // Around a text a tab may be an indentation.
  if (2 * lines.filter((line) => line.trim().includes("\t")).length > lines.length) return "tsv";
  if (isJson(text, start.isWhole)) return "json";
  return /^"[^"]*"[,;]/.test(lines[0]!) ? "csv" : "text";
}

function isMo(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return [true, false].some((littleEndian) => view.getUint32(0, littleEndian) === MO_MAGIC);
}

/** The text without a byte order mark. In other encodings than these, what tells a format is the same as in UTF-8. */
async function textAt({ bytes }: FileStart): Promise<string> {
  const shown = encodingAtStart(bytes.subarray(0, 4));
  const encoding = shown === undefined || shown === "open" ? UTF8 : await encodingOf(shown, "");
  return encoding
    .lenient()
    .decode(bytes)
    .replace(/^\uFEFF/, "");
}

/** The lines that are not blank, and whole unless there is but one. */
function linesOf(text: string, isWhole: boolean): string[] {
  const all = text.split(/\r\n|\r|\n/);
  const lines = all.slice(0, isWhole || all.length === 1 ? all.length : -1).filter((line) => line.trim() !== "");
  return lines.length > 0 ? lines : [all.at(-1)!];
}

function kindOfMarkup(text: string): "tmx" | "html" | "xml" {
  if (/<tmx[\s>]/.test(text)) return "tmx";
  return /<html[\s>]/i.test(text) || /^\s*<!doctype html/i.test(text) ? "html" : "xml";
}

/** A line that is an object, and another one behind it; a single object may be anything, unless it is a pair. */
function isJsonLines([first, second]: readonly string[]): boolean {
  const row = objectIn(first!);
  if (row === undefined) return false;
  return second === undefined
    ? "translation" in row || ("source" in row && "target" in row)
    : objectIn(second) !== undefined;
}

function objectIn(line: string): object | undefined {
  const value = line.trimStart().startsWith("{") ? parsed(line) : undefined;
  return typeof value === "object" && value !== null ? value : undefined;
}

/** An object or a list, or one that begins: with a key, or with a text, a list or an object. */
function isJson(text: string, isWhole: boolean): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  if (isWhole && parsed(text) !== undefined) return true;
  return /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:/.test(text) || (!isWhole && /^\s*\[\s*["[{]/.test(text));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
