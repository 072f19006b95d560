import { HeedError } from "../../error.ts";

/** A message of an MO catalogue: the bytes of its strings, views of the file. */
export interface MoMessage {
  readonly original: Uint8Array;
  readonly translation: Uint8Array;
}

/** The first four bytes, in the order that all numbers of the file have. */
export const MO_MAGIC = 0x950412de;
const HEADER_BYTES = 28;

/**
 * The messages of an MO catalogue. Its header says where two tables lie, of the originals and of their translations,
 * whose entries say how long each string is and where it lies; each is followed by a zero.
 * @throws HeedError FORMAT_INVALID where a table or a string does not lie in the file as it should
 */
export function* moMessages(file: Uint8Array, path: string): Generator<MoMessage, void, undefined> {
  const words = new Words(file, path);
  const count = words.at(8);
  const originals = new Strings(words, words.at(12), count, "originals");
  const translations = new Strings(words, words.at(16), count, "translations");
  for (let i = 0; i < count; i++) yield { original: originals.read(i), translation: translations.read(i) };
}

/** The file as 32-bit words, in the endianness that its first one shows. */
class Words {
  readonly file: Uint8Array;
  readonly #path: string;
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  constructor(file: Uint8Array, path: string) {
    this.file = file;
    this.#path = path;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    if (file.length < HEADER_BYTES) throw this.fail(`it has ${file.length} bytes, its header alone ${HEADER_BYTES}`);
    this.#littleEndian = this.#view.getUint32(0, true) === MO_MAGIC;
    if (this.at(0) !== MO_MAGIC) throw this.fail("it does not begin as one");
    const version = this.at(4) >>> 16;
    if (version > 1) throw this.fail(`it is of version ${version}, and there are 0 and 1`);
  }

  at(offset: number): number {
    return this.#view.getUint32(offset, this.#littleEndian);
  }

  fail(what: string): HeedError {
    const message = `${this.#path} is not a whole MO catalogue: ${what}. Compile it again with msgfmt.`;
    return new HeedError("FORMAT_INVALID", message, { path: this.#path });
  }
}

/** The strings of a table. All together are no longer than the file: else some would lie in each other. */
class Strings {
  readonly #words: Words;
  readonly #table: number;
  readonly #name: string;
  #total = 0;

  constructor(words: Words, table: number, count: number, name: string) {
    if (table + 8 * count > words.file.length) throw words.fail(`its table of ${count} ${name} is cut off`);
    this.#words = words;
    this.#table = table;
    this.#name = name;
  }

  read(index: number): Uint8Array {
    const { file } = this.#words;
    const fail = (what: string) => this.#words.fail(`number ${index + 1} of its ${this.#name} ${what}`);
    const [length, start] = [this.#words.at(this.#table + 8 * index), this.#words.at(this.#table + 8 * index + 4)];
    if (start + length >= file.length) throw fail("does not lie in the file");
    if (file[start + length] !== 0) throw fail("has no end");
    this.#total += length;
    if (this.#total > file.length) throw fail("lies in another one");
    return file.subarray(start, start + length);
  }
}
