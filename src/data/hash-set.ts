import { pages, release } from "./pages.ts";

const SHARDS = 256;
const FIRST_CAPACITY = 64;
const GROWTH = 1.25;
const MAX_LOAD = 0.85;

/**
 * A set of 64-bit hashes. Open addressing in typed arrays, cut into 256 tables by the hash's top byte, so that growing
 * copies one small table at a time: at most 11.8 bytes an entry (8 × 1.25 / 0.85), also while growing, plus 128 KiB and
 * the rest of each table's last page. Among 10 million random entries the chance of one false "already there" is 3 in a
 * million.
 */
export class HashSet64 implements Disposable {
  #size = 0;
  #tables: Uint32Array<ArrayBuffer>[] = Array.from({ length: SHARDS }, () => new Uint32Array(2 * FIRST_CAPACITY));
  readonly #counts = new Uint32Array(SHARDS);

  get size(): number {
    return this.#size;
  }

  /** Bytes held by the tables. */
  get byteLength(): number {
    return this.#tables.reduce((sum, table) => sum + table.byteLength, 0);
  }

  /** Adds the hash (two 32-bit words); false when it was there already. */
  add(high: number, low: number): boolean {
    const shard = high >>> 24;
    const stored = nonZero(low);
    if (!insert(this.#tables[shard]!, high, stored)) return false;
    this.#size++;
    const count = ++this.#counts[shard]!;
    if (count > (this.#tables[shard]!.length / 2) * MAX_LOAD) this.#tables[shard] = grown(this.#tables[shard]!);
    return true;
  }

  has(high: number, low: number): boolean {
    const table = this.#tables[high >>> 24]!;
    const stored = nonZero(low);
    return table[2 * slotOf(table, high, stored) + 1] === stored;
  }

  /** Frees the tables at once. The set is then of no more use. */
  [Symbol.dispose](): void {
    for (const table of this.#tables) release(table);
    this.#tables = [];
  }
}

/** The low word 0 marks an empty slot; a hash that ends in it is kept as one that ends in 1. */
function nonZero(low: number): number {
  return low >>> 0 || 1;
}

/** The slot that holds the hash, or the empty one where it belongs. */
function slotOf(table: Uint32Array, high: number, low: number): number {
  const capacity = table.length / 2;
  const top = high >>> 0;
  let slot = Math.floor((low / 2 ** 32) * capacity);
  while (table[2 * slot + 1] !== 0 && !(table[2 * slot + 1] === low && table[2 * slot] === top)) {
    slot = slot + 1 === capacity ? 0 : slot + 1;
  }
  return slot;
}

function insert(table: Uint32Array, high: number, low: number): boolean {
  const slot = slotOf(table, high, low);
  if (table[2 * slot + 1] !== 0) return false;
  table[2 * slot] = high;
  table[2 * slot + 1] = low;
  return true;
}

/** The entries in a larger table; the old one is released. */
function grown(table: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(pages(8 * Math.ceil((table.length / 2) * GROWTH)));
  for (let i = 0; i < table.length; i += 2) if (table[i + 1] !== 0) insert(larger, table[i]!, table[i + 1]!);
  release(table);
  return larger;
}
