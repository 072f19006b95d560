import { HeedError } from "../../error.ts";
import { parseJson } from "../../json.ts";

/** The files of a folder, wherever they lie. */
export interface TokenizerFiles {
  /** Where they lie, for the messages of errors. */
  readonly location: string;
  /** The bytes of a file, or undefined if there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
}

/** A file of a tokenizer, and its path for messages. */
export interface TokenizerFile {
  readonly bytes: Uint8Array;
  readonly path: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export async function readFileOf(files: TokenizerFiles, name: string): Promise<TokenizerFile | undefined> {
  const bytes = await files.read(name);
  return bytes && { bytes, path: `${files.location}/${name}` };
}

/** @throws HeedError FILE_NOT_FOUND, which says what the file is needed for. */
export async function needFile(files: TokenizerFiles, name: string, why: string): Promise<TokenizerFile> {
  const file = await readFileOf(files, name);
  if (file !== undefined) return file;
  const path = `${files.location}/${name}`;
  throw new HeedError("FILE_NOT_FOUND", `There is no ${path}, ${why}. Take it from where the others came from.`, {
    path,
  });
}

/** @throws HeedError FORMAT_INVALID when the file is there and holds no JSON object. */
export async function readObject(files: TokenizerFiles, name: string): Promise<JsonObject | undefined> {
  const file = await readFileOf(files, name);
  return file && asObject(parseJson(file.bytes, file.path), file.path);
}

export function asObject(json: unknown, path: string): JsonObject {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw invalid(path, "it is no JSON object ({ … })");
}

/** Ids are given as int32. */
const MAX_ID = 2 ** 31 - 1;

/**
 * Reads a vocab.json: tokens and their ids.
 *
 * @throws HeedError FORMAT_INVALID when it is no object, an id is none, or two tokens have the same one.
 */
export function readVocabulary({ bytes, path }: TokenizerFile): Map<string, number> {
  const ids = new Map<string, number>();
  const owners = new Map<number, string>();
  for (const [token, id] of Object.entries(asObject(parseJson(bytes, path), path))) {
    const isId = typeof id === "number" && Number.isInteger(id) && id >= 0 && id <= MAX_ID;
    if (!isId) throw invalid(path, `the id of "${token}" is no whole number from 0 on`);
    if (owners.has(id)) throw invalid(path, `"${owners.get(id)}" and "${token}" have the same id, ${id}`);
    owners.set(id, token);
    ids.set(token, id);
  }
  return ids;
}

/** A text file, line by line, without the end of its last line. */
export function linesOf({ bytes, path }: TokenizerFile): string[] {
  try {
    const lines = new TextDecoder("utf-8", { fatal: true }).decode(bytes).split(/\r\n|\n/);
    if (lines.at(-1) === "") lines.pop();
    return lines;
  } catch {
    throw invalid(path, "it is no text in UTF-8");
  }
}

export function invalid(path: string, problem: string, line?: number): HeedError {
  const advice = "Take the file again from where it came from.";
  return new HeedError("FORMAT_INVALID", `${path} is not a valid file: ${problem}. ${advice}`, { path, line });
}
