import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import { findNestingProblem } from "./json-nesting.ts";
import { type StoredType, storedTypes } from "./stored-tensor.ts";

/** Hugging Face's own limit. */
const MAX_HEADER = 100_000_000;
/** The header, a tensor's entry in it, a list in that. */
const MAX_DEPTH = 3;

/** Where a tensor lies: bytes `begin` to `end` of the data behind the header. */
interface Entry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly dataStart: number;
}

/** Bytes before the header, in which its length stands. */
export const PREFIX = 8;

/**
 * Checks the header of a safetensors file: afterwards every tensor lies in the file, has the bytes that its shape asks for,
 * and no byte belongs to two tensors or to none.
 *
 * @param bytes Those of the header, of the length that `headerLength` gives.
 * @param size Bytes of the file.
 * @throws HeedError FORMAT_INVALID.
 */
export function parseHeader(bytes: Uint8Array, size: number, path: string): Header {
  const dataStart = PREFIX + bytes.length;
  const json = parseJson(bytes, path);
  const { __metadata__: metadata = {}, ...tensors } = json;
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw invalid(path, "its __metadata__ is not an object of strings");
  }
  const entries = Object.entries(tensors).map(([name, entry]) => checkEntry(name, entry, path));
  checkPlaces(entries, size - dataStart, path);
  return { entries, metadata: metadata as Record<string, string>, dataStart };
}

/**
 * Bytes of the header of a safetensors file, which it has.
 *
 * @param prefix Its first 8 bytes; fewer where it ends before.
 * @param size Bytes of the file.
 * @throws HeedError FORMAT_INVALID.
 */
export function headerLength(prefix: Uint8Array, size: number, path: string): number {
  if (size < PREFIX) throw invalid(path, `it has ${size} bytes, too few for the length of its header`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true);
  if (length > MAX_HEADER) throw invalid(path, `its header is said to have ${length} bytes; ${MAX_HEADER} are allowed`);
  const held = size - PREFIX;
  if (length > held) throw invalid(path, `its header is said to have ${length} bytes, and only ${held} follow`);
  return Number(length);
}

function parseJson(bytes: Uint8Array, path: string): Record<string, unknown> {
  let json: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const problem = findNestingProblem(text, MAX_DEPTH);
    if (problem !== undefined) throw invalid(path, `its header ${problem}`);
    json = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof HeedError) throw cause;
    throw invalid(path, `its header is not JSON (${(cause as Error).message})`, cause);
  }
  if (!isObject(json)) throw invalid(path, "its header is not a JSON object");
  return json;
}

function checkEntry(name: string, entry: unknown, path: string): Entry {
  const fail = (what: string) => invalid(path, `the tensor "${name}" ${what}`);
  if (!isObject(entry)) throw fail("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  const known = Object.keys(storedTypes);
  if (typeof dtype !== "string" || !known.includes(dtype)) {
    throw fail(`has the dtype ${shown(dtype)}; Heed reads ${known.join(", ")}`);
  }
  const type = dtype as StoredType;
  if (!isSizes(shape)) throw fail("has no shape of whole numbers");
  if (!isSizes(offsets) || offsets.length !== 2) throw fail("has no data_offsets of two whole numbers");
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw fail(`ends at byte ${end}, before it begins at ${begin}`);
  const expected = shape.reduce((product, dim) => product * dim, storedTypes[type].size);
  if (end - begin !== expected) {
    throw fail(`has ${end - begin} bytes, where ${type} of shape [${shape}] has ${expected}`);
  }
  return { name, type, shape, begin, end };
}

/** Tensors follow each other without gaps, as in every file that Hugging Face's library reads. */
function checkPlaces(entries: readonly Entry[], held: number, path: string): void {
  let free = 0;
  let previous = "";
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const fail = (what: string) => invalid(path, `the tensor "${name}" ${what}`);
    if (end > held) throw fail(`ends at byte ${end} of the data, of which the file holds ${held}`);
    if (begin < free) throw fail(`begins at byte ${begin}, inside "${previous}", which ends at ${free}`);
    if (begin > free) throw fail(`begins at byte ${begin}: no tensor holds the ${begin - free} bytes before it`);
    free = end;
    previous = name;
  }
  if (free < held) throw invalid(path, `no tensor holds its last ${held - free} bytes`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function invalid(path: string, what: string, cause?: unknown): HeedError {
  const message = `${path} is not a whole safetensors file: ${what}. Take it again from where it came from.`;
  return new HeedError("FORMAT_INVALID", message, { path, cause });
}
