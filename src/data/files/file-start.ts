import { stat } from "node:fs/promises";
import type { FileStart } from "../formats/kind.ts";
import { concat } from "../formats/stream-start.ts";
import { fileError } from "./file-error.ts";
import { fileSource } from "./file-source.ts";

const LENGTH = 64 * 2 ** 10;

/**
 * The first 64 KiB of a file, or somewhat more, unpacked; undefined for a pipe, of which nothing is left to read after that.
 * @throws HeedError as `fileSource` does
 */
export async function fileStart(path: string): Promise<FileStart | undefined> {
  const found = await stat(path).catch((cause) => {
    throw fileError(path, cause);
  });
  if (!found.isFile() && !found.isDirectory()) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of fileSource(path).open()) {
    chunks.push(new Uint8Array(chunk));
    length += chunk.length;
    if (length >= LENGTH) return { bytes: concat(chunks).subarray(0, LENGTH), isWhole: false };
  }
  return { bytes: concat(chunks), isWhole: true };
}
