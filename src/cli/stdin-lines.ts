import type { Readable } from "node:stream";
import { readLines } from "../data/formats/lines.ts";
import { HeedError } from "../error.ts";

/**
 * The lines of standard input as they come in, without their ends (LF or CRLF; the last one may have none).
 *
 * @throws HeedError DATA_INVALID for bytes that are not UTF-8 and for a line beyond 16 MiB, with the line
 */
export async function* stdinLines(stdin: Readable): AsyncGenerator<string, void, undefined> {
  try {
    for await (const { lines } of readLines({ name: "standard input", open: () => stdin })) yield* lines;
  } catch (error) {
    // A file without text is a mistake; standard input without any is just no work.
    const isEmptiness = error instanceof HeedError && error.code === "DATA_INVALID" && error.line === undefined;
    if (!isEmptiness) throw error;
  }
}
