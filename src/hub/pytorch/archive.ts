import type { FileEntry } from "@zip.js/zip.js";
import { HeedError } from "../../error.ts";
import { pacer } from "../../pacer.ts";
import type { OpenFile } from "../files.ts";
import { invalid, unread } from "./errors.ts";

/** Most files in an archive: each takes 7 KB while they are compared. Models of 100 billion parameters have some 2,000. */
const MAX_ENTRIES = 5_000;
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

/** Of what has a place, but not as its bytes are. */
type Unread = "compressed" | "encrypted";

/** Opens a zip archive. Errors: FORMAT_INVALID. */
export async function openArchive(file: OpenFile, path: string): Promise<Archive> {
  const places = await readDirectory(file, path);
  return {
    names: [...places.keys()],
    find(name) {
      const place = places.get(name);
      if (typeof place === "string") throw unread(path, `has its ${name} ${place}, as torch.save does not`);
      return place;
    },
  };
}

/**
 * The places of the files, each of which lies in the archive and over no other. (The directory is not read by the library's
 * strictest rules: PyTorch's own writer puts the end of a zip64 directory behind one that is not.)
 */
async function readDirectory(file: OpenFile, path: string): Promise<ReadonlyMap<string, Place | Unread>> {
  const { Reader, ZipReader } = await import("@zip.js/zip.js/lib/zip-core-custom.js");
  class Pieces extends Reader<OpenFile> {
    override size = file.size;

    override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
      const bytes = new Uint8Array(lengthToRead(index, length, file.size, path));
      await file.read(bytes, index);
      return bytes;
    }
  }
  const places = new Map<string, Place | Unread>();
  try {
    for await (const entry of new ZipReader(new Pieces(file)).getEntriesGenerator()) {
      if (places.size === MAX_ENTRIES) throw unread(path, `has more than ${MAX_ENTRIES} files in its zip archive`);
      if (places.has(entry.filename))
        throw invalid(path, `its zip archive has ${JSON.stringify(entry.filename)} twice`);
      if (!entry.directory) places.set(entry.filename, await placeOf(entry));
      if (pacer.due()) await pacer.rest();
    }
  } catch (cause) {
    if (cause instanceof HeedError) throw cause;
    throw invalid(path, `its zip archive is broken (${(cause as Error).message})`, cause);
  }
  return places;
}

async function placeOf(entry: FileEntry): Promise<Place | Unread> {
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
