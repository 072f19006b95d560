import { invalid } from "./errors.ts";

/** The bytes of a pickle, read from the front: what would lie behind their end is an error. */
export class PickleReader {
  readonly path: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array, path: string) {
    this.path = path;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** A whole number of `size` bytes, two's complement. Errors: FORMAT_INVALID where it is none of 53 bits. */
  integer(size: number): number {
    const start = this.#skip(size);
    const digits = this.#bytes.subarray(start, start + size);
    const value = BigInt.asIntN(
      8 * size,
      digits.reduceRight((sum, digit) => sum * 256n + BigInt(digit), 0n),
    );
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw invalid(this.path, "its data.pkl has a number beyond all sizes");
  }

  text(size: number): string {
    const start = this.#skip(size);
    try {
      const bytes = this.#bytes.subarray(start, start + size);
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw invalid(this.path, "its data.pkl has a text that is not UTF-8", cause);
    }
  }

  /** A text up to the end of its line. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw this.#ended();
    const text = this.text(end - this.#at);
    this.#skip(1);
    return text;
  }

  /** Moves on, and returns where it was. */
  #skip(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw this.#ended();
    this.#at += count;
    return start;
  }

  #ended() {
    return invalid(this.path, "its data.pkl ends too early");
  }
}
