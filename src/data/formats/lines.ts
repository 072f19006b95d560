import { HeedError } from "../../error.ts";
import type { ByteSource } from "../pair.ts";

/** Consecutive lines without their ends. */
export interface LineBlock {
  /** The number of the first line, counted from 1. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** The longest line, in bytes: far beyond any sentence, and a bound for memory when a file is no text at all. */
const MAX_LINE = 16 * 2 ** 20;
const NEWLINE = 0x0a;
const UTF8 = "utf-8";
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * The lines of a text, in blocks. Lines end with LF or CRLF, the last one may end with the text; a byte order mark at
 * the beginning is skipped.
 *
 * @param encoding a label of the Encoding standard
 * @throws HeedError DATA_INVALID: an empty text, bytes that are not in the encoding, a line beyond 16 MiB
 */
export async function* readLines(source: ByteSource, encoding = UTF8): AsyncGenerator<LineBlock, void, undefined> {
  const decoder = new LineDecoder(source.name, encoding);
  let begun: Uint8Array[] = [];
  let begunLength = 0;
  for await (const chunk of source.open()) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield* decoder.decode(concat([...begun, chunk.subarray(0, end - 1)]));
      begun = [];
      begunLength = 0;
    }
    if (end === chunk.length) continue;
    begun.push(new Uint8Array(chunk.subarray(end)));
    begunLength += chunk.length - end;
    if (begunLength > MAX_LINE) throw decoder.tooLong();
  }
  if (begunLength > 0) yield* decoder.decode(concat(begun));
  if (decoder.sawNothing) {
    throw new HeedError("DATA_INVALID", `${source.name} is empty.`, { path: source.name });
  }
}

/** Decodes whole lines and knows at which line it is. */
class LineDecoder {
  #nextLine = 1;
  #characters = 0;
  readonly #name: string;
  readonly #encoding: string;
  readonly #decoder: TextDecoder;

  constructor(name: string, encoding: string) {
    this.#name = name;
    this.#encoding = encoding;
    this.#decoder = decoderFor(name, encoding);
  }

  /** Whether there was no character but a byte order mark and no end of a line. */
  get sawNothing(): boolean {
    return this.#nextLine <= 2 && this.#characters === 0;
  }

  /**
   * The lines; where one is not in the encoding those before it, then the error. (In encodings other than UTF-8 the lines
   * before it may be wrong as well.)
   *
   * @param bytes whole lines, without the end of the last one
   */
  *decode(bytes: Uint8Array): Generator<LineBlock, void, undefined> {
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch (cause) {
      const good = bytes.subarray(0, this.#bytesBeforeError(bytes));
      if (this.#decoder.encoding !== UTF8) this.#nextLine += good.filter((byte) => byte === NEWLINE).length;
      else if (good.length > 0) yield this.#block(this.#decoder.decode(good.subarray(0, -1)));
      throw this.#invalid(cause);
    }
    yield this.#block(text);
  }

  #block(decoded: string): LineBlock {
    let text = decoded;
    if (this.#nextLine === 1 && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    this.#characters += text.length;
    const lines = text.includes("\r") ? text.split("\n").map(withoutCarriageReturn) : text.split("\n");
    const first = this.#nextLine;
    this.#nextLine += lines.length;
    return { first, lines };
  }

  tooLong(): HeedError {
    const line = this.#nextLine;
    const what = `${this.#name}, line ${line}: the line is longer than ${MAX_LINE / 2 ** 20} MiB`;
    return new HeedError("DATA_INVALID", `${what}. Is this a text file?`, { path: this.#name, line });
  }

  #invalid(cause: unknown): HeedError {
    const [path, line] = [this.#name, this.#nextLine];
    const what = `${path}, line ${line}: the text is not valid ${this.#encoding.toUpperCase()}`;
    const message = `${what}. Repair the line, or convert the file to UTF-8.`;
    return new HeedError("DATA_INVALID", message, { path, line, cause });
  }

  /** The last line is the broken one where each can be decoded by itself, as in an encoding of 2 bytes a character. */
  #bytesBeforeError(bytes: Uint8Array): number {
    for (let start = 0; ; ) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end === -1) return start;
      try {
        this.#decoder.decode(bytes.subarray(start, end));
      } catch {
        return start;
      }
      start = end + 1;
    }
  }
}

/**
 * A decoder that refuses what is not in the encoding.
 * @throws HeedError FORMAT_INVALID for an unknown encoding, with the file's name
 */
export function decoderFor(name: string, encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  } catch (cause) {
    const what = `${name} says that its character set is "${encoding}", which is unknown`;
    throw new HeedError("FORMAT_INVALID", `${what}. Convert the file to UTF-8.`, { path: name, cause });
  }
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
