import { type FileHandle, open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HeedError, throwIfAborted } from "../../error.ts";
import { concat, startOf } from "../formats/stream-start.ts";
import type { ByteSource } from "../pair.ts";
import { fileError } from "./file-error.ts";
import { FOREIGN_BYTES, refuseForeign } from "./foreign.ts";

const CHUNK = 256 * 1024;

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes of the file (as it lies on the disk) that were read since the last call. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * A file, or a pipe, as a stream of bytes; gzip is recognised by its first bytes and unpacked.
 * Opening throws HeedError FILE_NOT_FOUND, FILE_UNREADABLE, FORMAT_INVALID (broken gzip, or what is no text, such as an
 * archive) and ABORTED.
 */
export function fileSource(path: string, options: ReadOptions = {}): ByteSource {
  return { name: path, open: () => readFile(path, options) };
}

async function* readFile(path: string, options: ReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path).catch((cause) => {
    throw fileError(path, cause);
  });
  try {
    const { start, stream } = await startOf(readChunks(file, options), (_, length) => length >= 2);
    yield* checked(isGzip(concat(start)) ? unpacked(stream) : stream, path);
  } catch (cause) {
    throw cause instanceof HeedError ? cause : fileError(path, cause);
  } finally {
    await file.close();
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Each chunk lies in the memory of the one before. */
async function* readChunks(file: FileHandle, { signal, onBytes }: ReadOptions): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  for (;;) {
    throwIfAborted(signal);
    const { bytesRead } = await file.read(chunk, 0, CHUNK, null);
    if (bytesRead === 0) return;
    onBytes?.(bytesRead);
    yield chunk.subarray(0, bytesRead);
  }
}

async function* checked(bytes: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { start, stream } = await startOf(bytes, (_, length) => length >= FOREIGN_BYTES);
  let isChecked = false;
  for await (const chunk of stream) {
    // Only here, where an error closes what was opened.
    if (!isChecked) refuseForeign(concat(start), path);
    isChecked = true;
    yield chunk;
  }
}

async function* unpacked(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(copies(packed));
  const gunzip = createGunzip({ chunkSize: CHUNK });
  pipeline(source, gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/** The stream takes a chunk before it is done with the last one. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.slice();
}
