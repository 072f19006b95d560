import { HeedError } from "../error.ts";
import { parseJson } from "../json.ts";

/** The files of a model, wherever they lie: on a disk, behind a URL, in a browser's file picker. */
export interface ModelFiles {
  /** Where they lie, for the messages of errors. */
  readonly location: string;
  /** The bytes of a file, or undefined if there is none of that name. Folders are parted by "/". */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Opens a file to read pieces of it, where somebody can; undefined if there is none of that name. */
  open?(name: string): Promise<OpenFile | undefined>;
  /** The names of the files, without those in folders, where somebody can tell. */
  names?(): Promise<readonly string[]>;
}

/** A file of which pieces are read, so that it need not be in memory. Whoever opened it closes it. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number;
  /** Fills `target` with the bytes from `position` on. Errors: FILE_UNREADABLE, also where the file ends before. */
  read(target: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** What is written into a file: bytes, or text, which is written as UTF-8. */
export type FileContent = Uint8Array | string;

/** Files that are in memory. */
export function memoryFiles(files: ReadonlyMap<string, FileContent>, location: string): ModelFiles {
  const asBytes = (content: FileContent | undefined) =>
    typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { location, read: async (name) => asBytes(files.get(name)), names: async () => [...files.keys()] };
}

/** Opens a file; where no pieces can be read, such as behind a URL, it is read whole. Undefined if there is none. */
export async function openFile(files: ModelFiles, name: string): Promise<OpenFile | undefined> {
  if (files.open !== undefined) return files.open(name);
  const bytes = await files.read(name);
  return bytes && openBytes(bytes);
}

/** Bytes in memory as a file. */
function openBytes(bytes: Uint8Array): OpenFile {
  return {
    size: bytes.length,
    async read(target, position) {
      target.set(bytes.subarray(position, position + target.length));
    },
    close: async () => {},
  };
}

/** What is needed of a browser's File. */
export interface PickedFile {
  readonly name: string;
  /** "folder/name" where a folder was picked, else empty. */
  readonly webkitRelativePath?: string;
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/**
 * Files that the user of a browser has picked, one by one or as a folder: a model's, or a run's.
 *
 * @param files As an input has them: null is none.
 */
export function pickedFiles(files: Iterable<PickedFile> | ArrayLike<PickedFile> | null): ModelFiles {
  const byName = new Map<string, PickedFile>();
  for (const file of Array.from(files ?? [])) {
    byName.set(file.webkitRelativePath?.replace(/^[^/]*\//, "") || file.name, file);
  }
  return {
    location: "the picked folder",
    names: async () => [...byName.keys()],
    async read(name) {
      const file = byName.get(name);
      return file && readPicked(file, name, 0, file.size);
    },
    async open(name) {
      const file = byName.get(name);
      return file && openPicked(file, name);
    },
  };
}

function openPicked(file: PickedFile, name: string): OpenFile {
  return {
    size: file.size,
    read: async (target, start) => target.set(await readPicked(file, name, start, start + target.length)),
    close: async () => {},
  };
}

async function readPicked(file: PickedFile, name: string, start: number, end: number): Promise<Uint8Array> {
  try {
    const bytes = new Uint8Array(await file.slice(start, end).arrayBuffer());
    if (bytes.length < end - start) throw new Error(`it ends at byte ${start + bytes.length}, and had ${file.size}`);
    return bytes;
  } catch (cause) {
    const message = `${name} cannot be read: ${(cause as Error).message}. Pick the files again.`;
    throw new HeedError("FILE_UNREADABLE", message, { path: name, cause });
  }
}

/**
 * Files behind a URL: `read("config.json")` of "https://host/model" fetches "https://host/model/config.json". In a
 * browser the URL may be relative to the page.
 *
 * Reading throws HeedError DOWNLOAD_FAILED when a server does not answer, or answers with an error other than 404.
 */
export function urlFiles(
  url: string | URL,
  options: { readonly fetch?: typeof fetch; readonly signal?: AbortSignal } = {},
): ModelFiles {
  const base = new URL(`${url}`.replace(/\/?$/, "/"), globalThis.location?.href);
  const request = options.fetch ?? fetch;
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    const address = new URL(name.split("/").map(encodeURIComponent).join("/"), base).href;
    try {
      const response = await request(address, options.signal ? { signal: options.signal } : {});
      if (isAbsent(response)) return undefined;
      if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
      return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      if (options.signal?.aborted) throw new HeedError("ABORTED", `Fetching ${address} was aborted.`, { cause });
      const message = `${address} cannot be fetched: ${(cause as Error).message}. Check the address and the connection.`;
      throw new HeedError("DOWNLOAD_FAILED", message, { path: address, cause });
    }
  };
  return { location: base.href.replace(/\/$/, ""), read };
}

/** Servers of single-page applications answer with their start page where a file is missing. */
function isAbsent(response: Response): boolean {
  return response.status === 404 || (response.headers.get("content-type") ?? "").startsWith("text/html");
}

/** Reads a JSON object, or undefined if there is no such file. Errors: FORMAT_INVALID. */
export async function readJson(files: ModelFiles, name: string): Promise<JsonObject | undefined> {
  const bytes = await files.read(name);
  return bytes === undefined ? undefined : parseJsonObject(bytes, `${files.location}/${name}`);
}

/** Errors: FORMAT_INVALID with the path. */
export function parseJsonObject(bytes: Uint8Array, path: string): JsonObject {
  const json = parseJson(bytes, path);
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw new HeedError("FORMAT_INVALID", `${path} is not a JSON object ({ … }).`, { path });
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** JSON as it is written into files. */
export function formatJson(json: unknown): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * Whether a name stays inside the folder it is put behind, on every system: no "..", no root, no drive, none of the
 * characters and endings that Windows forbids. Folders are parted by "/".
 */
export function isInside(name: string): boolean {
  return name.split("/").every((part) => /^[^<>:"|?*\\\p{Cc}]+$/u.test(part) && !/[. ]$/.test(part));
}
