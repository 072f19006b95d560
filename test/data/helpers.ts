import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { ByteSource, Pair, PairBlocks, ReadPair } from "../../src/data/index.ts";
import { type ErrorCode, HeedError } from "../../src/error.ts";

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "heed-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function temporaryFile(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

/** Bytes in chunks of a given size, in one buffer that is used again for each chunk, as a file reader may do it. */
export function source(content: string | Uint8Array, chunkSize = 7, name = "test.txt"): ByteSource {
  const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
  const chunk = Buffer.alloc(chunkSize);
  return {
    name,
    async *open() {
      for (let start = 0; start < bytes.length; start += chunkSize) {
        yield chunk.subarray(0, bytes.copy(chunk, 0, start, start + chunkSize));
      }
    },
  };
}

export async function pairsOf(blocks: PairBlocks): Promise<Pair[]> {
  return (await readPairsOf(blocks)).map(({ source, target }) => ({ source, target }));
}

export async function readPairsOf(blocks: PairBlocks): Promise<ReadPair[]> {
  const all: ReadPair[] = [];
  for await (const block of blocks) all.push(...block);
  return all;
}

export async function* blocksOf(pairs: readonly Pair[], size = 100): PairBlocks {
  for (let start = 0; start < pairs.length; start += size) {
    yield pairs.slice(start, start + size).map((pair, i) => ({ ...pair, line: start + i + 1 }));
  }
}

/** The HeedError that an action throws, whose code must be this one. */
export async function failure(code: ErrorCode, action: () => unknown): Promise<HeedError> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(HeedError);
    expect((error as HeedError).code, (error as HeedError).message).toBe(code);
    return error as HeedError;
  }
  throw new Error(`expected a HeedError ${code}, but nothing was thrown`);
}
