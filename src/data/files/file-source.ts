import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { HeedError, throwIfAborted } from "../../error.ts";
import type { ByteSource } from "../pair.ts";
import { fileError } from "./file-error.ts";

const CHUNK = 256 * 1024;

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes of the file (as it lies on the disk) that were read since the last call. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * A file as a stream of bytes; gzip is recognised by its first bytes and unpacked.
 * Opening throws HeedError FILE_NOT_FOUND, FILE_UNREADABLE, FORMAT_INVALID (broken gzip) and ABORTED.
 */
export function fileSource(path: string, options: ReadOptions = {}): ByteSource {
  return { name: path, open: () => readFile(path, options) };
}

async function* readFile(path: string, options: ReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path).catch((cause) => {
    throw fileError(path, cause);
  });
  try {
    if (await isGzip(file)) yield* readGzip(path, options);
    else yield* readPlain(file, options);
  } catch (cause) {
    throw cause instanceof HeedError ? cause : fileError(path, cause);
  } finally {
    await file.close();
  }
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

async function* readPlain(file: FileHandle, { signal, onBytes }: ReadOptions): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let position = 0; ; ) {
    throwIfAborted(signal);
    const { bytesRead } = await file.read(chunk, 0, CHUNK, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    onBytes?.(bytesRead);
    yield chunk.subarray(0, bytesRead);
  }
}

async function* readGzip(path: string, { signal, onBytes }: ReadOptions): AsyncGenerator<Uint8Array> {
  const packed = createReadStream(path, { highWaterMark: CHUNK });
  packed.on("data", (chunk) => onBytes?.(chunk.length));
  const unpacked = createGunzip({ chunkSize: CHUNK });
  pipeline(packed, unpacked, () => {});
  try {
    for await (const chunk of unpacked) {
      throwIfAborted(signal);
      yield chunk as Buffer;
    }
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}
