import { HeedError } from "../../error.ts";

/** A character set of the Encoding standard. */
export interface Encoding {
  /** Its name in the standard, in small letters. */
  readonly name: string;
  /** A decoder that refuses what is not in the character set, and leaves a byte order mark in the text. */
  strict(): TextDecoder;
  /** A decoder that gives U+FFFD in the place of what is not in it. */
  lenient(): TextDecoder;
}

export const UTF8 = fromDecoder(TextDecoder, "utf-8");

/** Every byte is a character: enough for what is ASCII in any character set, such as a header that names one. */
export const BYTES: Encoding = { ...fromDecoder(TextDecoder, "latin1"), strict: () => new TextDecoder("latin1") };

/**
 * The encoding that a label of the standard names. All but UTF-8 come from a library, whose tables are loaded with the
 * first of them: Node.js decodes many wrongly without a word, windows-1252 and the Ukrainian KOI8-U before its version
 * 24, Big5 and EUC-KR in every version up to 25.
 *
 * @param path the file that names it, for messages
 * @throws HeedError FORMAT_INVALID for a label that the standard does not have, or does not let anyone decode
 */
export async function encodingOf(label: string, path: string): Promise<Encoding> {
  if (/^utf-?8$/i.test(label)) return UTF8;
  const { TextDecoder } = await import("@exodus/bytes/encoding.js");
  try {
    return fromDecoder(TextDecoder, label);
  } catch (cause) {
    const what = `${path} says that its character set is "${label}", which cannot be read`;
    throw new HeedError("FORMAT_INVALID", `${what}. Convert the file to UTF-8.`, { path, cause });
  }
}

function fromDecoder(Decoder: typeof TextDecoder, label: string): Encoding {
  return {
    name: new Decoder(label).encoding,
    strict: () => new Decoder(label, { fatal: true, ignoreBOM: true }),
    lenient: () => new Decoder(label, { ignoreBOM: true }),
  };
}

/** How texts of an encoding begin: a byte each, `undefined` for any but a zero and the end of a line. */
const BEGINNINGS = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
  // Without a mark, as XML's appendix F has it: no other text has a zero for every second byte.
  ["utf-16le", [undefined, 0, undefined, 0]],
  ["utf-16be", [0, undefined, 0, undefined]],
] as const;

/** The encoding that the first bytes of a text show, if they show one; "open" where there are too few to tell. */
export function encodingAtStart(start: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "open" | undefined {
  const fitting = BEGINNINGS.filter(([, bytes]) =>
    bytes.every((byte, i) => i >= start.length || (byte === undefined ? isText(start[i]!) : byte === start[i])),
  );
  const shown = fitting.find(([, bytes]) => bytes.length <= start.length);
  return shown?.[0] ?? (fitting.length > 0 ? "open" : undefined);
}

function isText(byte: number): boolean {
  return byte !== 0 && byte !== 0x0a;
}

/**
 * A whole text in UTF-8, or in UTF-16 that shows itself; a byte order mark stays.
 * @param path the file's name, for messages
 * @throws HeedError DATA_INVALID, with the line
 */
export async function textOf(bytes: Uint8Array, path: string): Promise<string> {
  const shown = encodingAtStart(bytes.subarray(0, 4));
  const encoding = shown === undefined || shown === "open" ? UTF8 : await encodingOf(shown, path);
  const decoder = new StreamDecoder(encoding, path);
  return decoder.decode(bytes) + decoder.decode();
}

/** Decodes a text chunk by chunk. */
export class StreamDecoder {
  readonly #encoding: Encoding;
  readonly #decoder: TextDecoder;
  /** Goes along, to tell where the text is broken once it is. */
  readonly #finder: TextDecoder;
  readonly #path: string;
  #line = 1;

  /** @param path the file's name, for messages */
  constructor(encoding: Encoding, path: string) {
    this.#encoding = encoding;
    this.#decoder = encoding.strict();
    this.#finder = encoding.lenient();
    this.#path = path;
  }

  /** The text of the next chunk; without one, what is left at the end. Errors: DATA_INVALID, with the line. */
  decode(chunk?: Uint8Array): string {
    const [bytes, options] = [chunk as Uint8Array<ArrayBuffer> | undefined, { stream: chunk !== undefined }];
    const found = this.#finder.decode(bytes, options);
    try {
      const text = this.#decoder.decode(bytes, options);
      this.#line += lineEnds(text);
      return text;
    } catch (cause) {
      const line = this.#line + lineEnds(found.slice(0, Math.max(0, found.indexOf("\uFFFD"))));
      throw notInEncoding(this.#encoding, this.#path, line, cause);
    }
  }
}

/** @param line where the text is broken, counted from 1 */
export function notInEncoding(encoding: Encoding, path: string, line: number, cause: unknown): HeedError {
  const what = `${path}, line ${line}: the text is not valid ${encoding.name.toUpperCase()}`;
  const message = `${what}. Repair the line, or convert the file to UTF-8.`;
  return new HeedError("DATA_INVALID", message, { path, line, cause });
}

function lineEnds(text: string): number {
  return text.split("\n").length - 1;
}
