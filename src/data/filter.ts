import { hash128 } from "./hash.ts";
import { HashSet64 } from "./hash-set.ts";

/** Which pairs a corpus leaves out. A pair with an empty side is always left out. */
export interface FilterOptions {
  /** Keep only the first of equal pairs. Default true. */
  readonly deduplicate?: boolean | undefined;
  /** The least length of either side. Default 1. */
  readonly minLength?: number | undefined;
  /** The greatest length of either side. Default: no limit. */
  readonly maxLength?: number | undefined;
  /** The greatest length of one side divided by the other's. Default: no limit. */
  readonly maxRatio?: number | undefined;
  /** Leave out pairs whose two sides are equal. Default false. */
  readonly dropIdentical?: boolean | undefined;
}

/** How many pairs were read, kept, and left out for which reason: the first that applied, in this order. */
export interface FilterReport {
  read: number;
  kept: number;
  empty: number;
  tooShort: number;
  tooLong: number;
  ratio: number;
  identical: number;
  duplicate: number;
}

/** Measures a text: `filter` lengths are in its unit. */
export type TextLength = (text: string) => number;

/** UTF-16 code units: "characters" for all but emoji and rare scripts, which count twice. */
export const characters: TextLength = (text) => text.length;

/** Decides, pair by pair, which ones a corpus keeps, and counts. Texts must be normalised (see `normalizeText`). */
export class PairFilter implements Disposable {
  readonly report: FilterReport = emptyReport();
  readonly #options: FilterOptions;
  readonly #length: TextLength;
  #seen: PairSet | undefined;

  /** @param length the unit of minLength, maxLength and maxRatio: characters, or for example a tokenizer's count */
  constructor(options: FilterOptions = {}, length: TextLength = characters) {
    this.#options = options;
    this.#length = length;
    if (options.deduplicate ?? true) this.#seen = new PairSet();
  }

  /** Whether to keep the pair. */
  accepts(source: string, target: string): boolean {
    this.report.read++;
    const reason = this.#rejection(source, target) ?? "kept";
    this.report[reason]++;
    return reason === "kept";
  }

  /** Bytes held to recognise duplicates. */
  get byteLength(): number {
    return this.#seen?.byteLength ?? 0;
  }

  /** Frees at once what was held to recognise duplicates. The report stays; the filter is of no more use. */
  [Symbol.dispose](): void {
    this.#seen?.[Symbol.dispose]();
  }

  #rejection(source: string, target: string): Exclude<keyof FilterReport, "read" | "kept"> | undefined {
    if (source === "" || target === "") return "empty";
    const { minLength = 1, maxLength = Number.POSITIVE_INFINITY, maxRatio = Number.POSITIVE_INFINITY } = this.#options;
    const [shorter, longer] = ascending(this.#length(source), this.#length(target));
    if (shorter < minLength) return "tooShort";
    if (longer > maxLength) return "tooLong";
    if (longer > maxRatio * shorter) return "ratio";
    if (this.#options.dropIdentical && source === target) return "identical";
    if (this.#seen?.add(source, target) === false) return "duplicate";
    return undefined;
  }
}

/** A set of pairs by their 64-bit hashes: at most 11.8 bytes a pair (see HashSet64). */
export class PairSet implements Disposable {
  readonly #hashes = new HashSet64();
  readonly #encoder = new TextEncoder();
  readonly #hash = new Uint32Array(4);
  #bytes = new Uint8Array(2 ** 12);

  get size(): number {
    return this.#hashes.size;
  }

  get byteLength(): number {
    return this.#hashes.byteLength;
  }

  /** Adds the pair; false when it was there. */
  add(source: string, target: string): boolean {
    const [high, low] = this.#hashOf(source, target);
    return this.#hashes.add(high, low);
  }

  has(source: string, target: string): boolean {
    const [high, low] = this.#hashOf(source, target);
    return this.#hashes.has(high, low);
  }

  /** Frees its memory at once. The set is then of no more use. */
  [Symbol.dispose](): void {
    this.#hashes[Symbol.dispose]();
  }

  #hashOf(source: string, target: string): readonly [number, number] {
    const most = 3 * (source.length + target.length) + 1;
    if (most > this.#bytes.length) this.#bytes = new Uint8Array(2 * most);
    const middle = this.#encoder.encodeInto(source, this.#bytes).written;
    this.#bytes[middle] = 0xff;
    const end = middle + 1 + this.#encoder.encodeInto(target, this.#bytes.subarray(middle + 1)).written;
    hash128(this.#bytes, 0, end, 0, this.#hash);
    return [this.#hash[0]!, this.#hash[1]!];
  }
}

/** A report that has counted nothing. */
export function emptyReport(): FilterReport {
  return { read: 0, kept: 0, empty: 0, tooShort: 0, tooLong: 0, ratio: 0, identical: 0, duplicate: 0 };
}

function ascending(a: number, b: number): [number, number] {
  return a < b ? [a, b] : [b, a];
}
