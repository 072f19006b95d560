import { HeedError } from "../error.ts";
import { OffsetList } from "./offsets.ts";
import type { Pair } from "./pair.ts";

/** Where bytes go that no longer fit in memory: a file that is only written at its end. */
export interface Spill {
  append(bytes: Uint8Array): Promise<void>;
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Another one beside this, empty. */
  sibling(): Spill;
  dispose(): Promise<void>;
}

/** How much text is kept in memory before it goes to the spill, in bytes. */
export const MEMORY_TEXT = 16 * 2 ** 20;

const FIRST_CAPACITY = 2 ** 16;
/** The buffer is flushed this early, so that it seldom has to grow beyond its limit. */
const SLACK = 2 ** 16;
const SEPARATOR = 0xff;
const MAX_SPAN = 4 * 2 ** 20;

/**
 * The text of many pairs, as UTF-8, found by number. It takes 5 bytes a pair and a buffer: what the buffer cannot hold
 * goes to the spill, or, when there is none, the buffer grows. Each record is source, 0xFF (which UTF-8 never uses),
 * target.
 */
export class TextStore {
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #ends = new OffsetList();
  readonly #spill: Spill | undefined;
  readonly #limit: number;
  readonly #scratch: Spill[] = [];
  #buffer = new Uint8Array(FIRST_CAPACITY);
  #spilled = 0;
  #used = 0;

  constructor(spill?: Spill | undefined, limit = MEMORY_TEXT) {
    this.#spill = spill;
    this.#limit = limit;
  }

  get size(): number {
    return this.#ends.length;
  }

  /** Appends a pair. `due` then tells whether `flush` should be awaited before the next one. */
  append(source: string, target: string): void {
    this.#reserve(3 * (source.length + target.length) + 1);
    this.#encode(source);
    this.#buffer[this.#used++] = SEPARATOR;
    this.#encode(target);
    this.#ends.push(this.#spilled + this.#used);
  }

  get due(): boolean {
    return this.#spill !== undefined && this.#used >= this.#limit - SLACK;
  }

  /** Moves the buffered text to the spill. */
  async flush(): Promise<void> {
    await this.#spill!.append(this.#buffer.subarray(0, this.#used));
    this.#spilled += this.#used;
    this.#used = 0;
  }

  /** The pairs with these numbers, in this order. Ascending runs that lie close together are read at once. */
  async read(indices: ArrayLike<number>): Promise<Pair[]> {
    if (this.#buffer.length === 0) throw new HeedError("INPUT_INVALID", "This corpus was disposed: open it again.");
    if (indices.length === 0) return [];
    const start = this.#start(indices[0]!);
    const span = this.#ends.get(indices[indices.length - 1]!) - start;
    if (span > 0 && span <= MAX_SPAN && isAscending(indices)) {
      const bytes = await this.#bytes(start, span);
      return Array.from(indices, (index) =>
        this.#decode(bytes, this.#start(index) - start, this.#ends.get(index) - start),
      );
    }
    return Promise.all(Array.from(indices, (index) => this.#readOne(index)));
  }

  /** A place beside the spill for what is made from this text; undefined when there is no spill. Goes with `dispose`. */
  scratch(): Spill | undefined {
    const scratch = this.#spill?.sibling();
    if (scratch !== undefined) this.#scratch.push(scratch);
    return scratch;
  }

  async dispose(): Promise<void> {
    this.#buffer = new Uint8Array(0);
    for (const scratch of this.#scratch) await scratch.dispose();
    await this.#spill?.dispose();
  }

  async #readOne(index: number): Promise<Pair> {
    const start = this.#start(index);
    const length = this.#ends.get(index) - start;
    return this.#decode(await this.#bytes(start, length), 0, length);
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends.get(index - 1);
  }

  async #bytes(start: number, length: number): Promise<Uint8Array> {
    const buffered = start - this.#spilled;
    if (buffered >= 0) return this.#buffer.subarray(buffered, buffered + length);
    const spilled = await this.#spill!.read(start, Math.min(length, -buffered));
    if (spilled.length === length) return spilled;
    const bytes = new Uint8Array(length);
    bytes.set(spilled);
    bytes.set(this.#buffer.subarray(0, length - spilled.length), spilled.length);
    return bytes;
  }

  #decode(bytes: Uint8Array, start: number, end: number): Pair {
    const middle = bytes.indexOf(SEPARATOR, start);
    return {
      source: this.#decoder.decode(bytes.subarray(start, middle)),
      target: this.#decoder.decode(bytes.subarray(middle + 1, end)),
    };
  }

  #encode(text: string): void {
    this.#used += this.#encoder.encodeInto(text, this.#buffer.subarray(this.#used)).written;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#used + bytes, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}

function isAscending(indices: ArrayLike<number>): boolean {
  for (let i = 1; i < indices.length; i++) if (indices[i]! <= indices[i - 1]!) return false;
  return true;
}
