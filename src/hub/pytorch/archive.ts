import type { FileEntry } from "@zip.js/zip.js";
import { HeedError } from "../../error.ts";
import { pacer } from "../../pacer.ts";
import type { OpenFile } from "../files.ts";
import { invalid, unread } from "./errors.ts";

/** Most files in an archive; models of 100 billion parameters have some 2,000 tensors. */
const MAX_ENTRIES = 50_000;
/** Most bytes that are read at once of what is no tensor: those of an archive's directory. */
const MAX_READ = 2 ** 25;

/** The files in a zip archive, of which each lies in one piece. */
export interface Archive {
  readonly names: readonly string[];
  /** Where a file lies; undefined if there is none of that name. Errors: FORMAT_INVALID if it is compressed or encrypted. */
  find(name: string): Place | undefined;
}

/** In bytes. */
interface Place {
  readonly position: number;
  readonly size: number;
}

/**
 * Reads the directory of a zip archive. (Not by the library's strictest rules: PyTorch's own writer puts the end of a zip64
 * directory behind one that is not.)
 *
 * @throws HeedError FORMAT_INVALID.
 */
export async function openArchive(file: OpenFile, path: string): Promise<Archive> {
  const { Reader, ZipReader } = await import("@zip.js/zip.js/lib/zip-core-custom.js");
  class Pieces extends Reader<OpenFile> {
    override size = file.size;

    override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
      const bytes = new Uint8Array(lengthToRead(index, length, file.size, path));
      await file.read(bytes, index);
      return bytes;
    }
  }
  const places = new Map<string, Place | "compressed" | "encrypted">();
  const directory = new ZipReader(new Pieces(file)).getEntriesGenerator();
  await unlessBroken(path, async () => {
    for await (const entry of directory) {
      if (places.size === MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} files`);
      if (places.has(entry.filename)) throw new Error(`it has ${JSON.stringify(entry.filename)} twice`);
      if (!entry.directory) places.set(entry.filename, await placeOf(entry)); // An entry itself takes some kilobytes.
      if (pacer.due()) await pacer.rest();
    }
  });
  return {
    names: [...places.keys()],
    find(name) {
      const place = places.get(name);
      if (typeof place === "string") throw unread(path, `has its ${name} ${place}, as torch.save does not`);
      return place;
    },
  };
}

async function placeOf(entry: FileEntry): Promise<Place | "compressed" | "encrypted"> {
  if (entry.encrypted) return "encrypted";
  if (entry.compressionMethod !== 0) return "compressed";
  // This reads no data: it compares the entry with what stands before its data, and with the places of the others.
  await entry.getData(new WritableStream(), { checkOverlappingEntryOnly: true, strictness: "strict" });
  return { position: entry.localDirectory!.dataOffset, size: entry.uncompressedSize };
}

function lengthToRead(index: number, length: number, size: number, path: string): number {
  if (!(index >= 0 && index <= size)) throw invalid(path, `its directory names byte ${index}, and it has ${size}`);
  const read = Math.min(length, size - index);
  if (read <= MAX_READ) return read;
  throw invalid(path, `its directory is said to have ${length} bytes; ${MAX_READ} are allowed`);
}

async function unlessBroken(path: string, read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (cause) {
    if (cause instanceof HeedError) throw cause;
    throw invalid(path, `its zip archive is broken (${(cause as Error).message})`, cause);
  }
}
