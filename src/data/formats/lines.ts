import { HeedError } from "../../error.ts";
import type { ByteSource } from "../pair.ts";
import { type Encoding, encodingAtStart, encodingOf, notInEncoding, StreamDecoder, UTF8 } from "./encoding.ts";
import { concat, startOf } from "./stream-start.ts";

/** Consecutive lines without their ends. */
export interface LineBlock {
  /** The number of the first line, counted from 1. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** The longest line, in bytes: far beyond any sentence, and a bound for memory when a file is no text at all. */
const MAX_LINE = 16 * 2 ** 20;
const BYTE_ORDER_MARK = "\uFEFF";

type LineEnd = "\n" | "\r";

/**
 * The lines of a text, in blocks. Lines end with LF or CRLF, or with CR in a text without LF (in its first 16 MiB); the
 * last one may end with the text. Elsewhere a CR is a character like others. UTF-16 is recognised where it begins with a
 * byte order mark or with two characters of ASCII; a byte order mark is skipped.
 *
 * @param encoding what the text is in, unless its beginning shows another
 * @throws HeedError DATA_INVALID: an empty text, bytes that are not in the encoding, a line beyond 16 MiB
 */
export async function* readLines(source: ByteSource, encoding = UTF8): AsyncGenerator<LineBlock, void, undefined> {
  const decodable = await inOneByteUnits(source, encoding);
  const { end, stream } = await withLineEnd(decodable.stream);
  const decoder = new LineDecoder(source.name, decodable.encoding, end);
  let begun: Uint8Array[] = [];
  let begunLength = 0;
  for await (const chunk of stream) {
    const ended = chunk.lastIndexOf(byteOf(end)) + 1;
    if (ended > 0) {
      yield* decoder.decode(concat([...begun, chunk.subarray(0, ended - 1)]));
      begun = [];
      begunLength = 0;
    }
    if (ended === chunk.length) continue;
    begun.push(new Uint8Array(chunk.subarray(ended)));
    begunLength += chunk.length - ended;
    if (begunLength > MAX_LINE) throw decoder.tooLong();
  }
  if (begunLength > 0) yield* decoder.decode(concat(begun));
  if (decoder.sawNothing) {
    throw new HeedError("DATA_INVALID", `${source.name} is empty.`, { path: source.name });
  }
}

interface Decodable {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly encoding: Encoding;
}

/** The text in an encoding in which the byte of a line's end is nothing else: UTF-16 becomes UTF-8. */
async function inOneByteUnits(source: ByteSource, encoding: Encoding): Promise<Decodable> {
  let shown: ReturnType<typeof encodingAtStart>;
  const { stream } = await startOf(source.open(), (start) => {
    shown = encodingAtStart(concat(start));
    return shown !== "open";
  });
  if (shown === "utf-8") return { stream, encoding: UTF8 };
  if (shown === undefined || shown === "open") return { stream, encoding };
  return {
    stream: toUtf8(stream, new StreamDecoder(await encodingOf(shown, source.name), source.name)),
    encoding: UTF8,
  };
}

async function* toUtf8(stream: AsyncIterable<Uint8Array>, decoder: StreamDecoder): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const chunk of stream) yield encoder.encode(decoder.decode(chunk));
  yield encoder.encode(decoder.decode());
}

/** Finds out what ends lines: to be sure that there is no LF takes the whole text, or as much of it as a line may have. */
async function withLineEnd(
  text: AsyncIterable<Uint8Array>,
): Promise<{ end: LineEnd; stream: AsyncIterable<Uint8Array> }> {
  const has = (chunk: Uint8Array | undefined, end: LineEnd) => chunk?.includes(byteOf(end)) === true;
  const { start, stream } = await startOf(text, (start, length) => has(start.at(-1), "\n") || length > MAX_LINE);
  const isOld = !has(start.at(-1), "\n") && start.some((chunk) => has(chunk, "\r"));
  return { end: isOld ? "\r" : "\n", stream };
}

/** Decodes whole lines and knows at which line it is. */
class LineDecoder {
  #nextLine = 1;
  #characters = 0;
  readonly #name: string;
  readonly #encoding: Encoding;
  readonly #decoder: TextDecoder;
  readonly #end: LineEnd;

  constructor(name: string, encoding: Encoding, end: LineEnd) {
    this.#name = name;
    this.#encoding = encoding;
    this.#decoder = encoding.strict();
    this.#end = end;
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
      if (this.#encoding !== UTF8) this.#nextLine += good.filter((byte) => byte === byteOf(this.#end)).length;
      else if (good.length > 0) yield this.#block(this.#decoder.decode(good.subarray(0, -1)));
      throw notInEncoding(this.#encoding, this.#name, this.#nextLine, cause);
    }
    yield this.#block(text);
  }

  tooLong(): HeedError {
    const line = this.#nextLine;
    const what = `${this.#name}, line ${line}: the line is longer than ${MAX_LINE / 2 ** 20} MiB`;
    return new HeedError("DATA_INVALID", `${what}. Is this a text file?`, { path: this.#name, line });
  }

  #block(decoded: string): LineBlock {
    let text = decoded;
    if (this.#nextLine === 1 && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    this.#characters += text.length;
    const lines = text.split(this.#end);
    const first = this.#nextLine;
    this.#nextLine += lines.length;
    return { first, lines: text.includes("\r") ? lines.map(withoutCarriageReturn) : lines };
  }

  /** The last line is the broken one where each can be decoded by itself, as in an encoding of 2 bytes a character. */
  #bytesBeforeError(bytes: Uint8Array): number {
    for (let start = 0; ; ) {
      const end = bytes.indexOf(byteOf(this.#end), start);
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

function byteOf(end: LineEnd): number {
  return end.charCodeAt(0);
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
