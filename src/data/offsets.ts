const CHUNK = 1 << 16;

/** An append-only list of offsets below 2^40, at 5 bytes each: growing adds a chunk and copies nothing. */
export class OffsetList {
  #length = 0;
  readonly #low: Uint32Array[] = [];
  readonly #high: Uint8Array[] = [];

  get length(): number {
    return this.#length;
  }

  push(offset: number): void {
    const at = this.#length % CHUNK;
    if (at === 0) {
      this.#low.push(new Uint32Array(CHUNK));
      this.#high.push(new Uint8Array(CHUNK));
    }
    const chunk = this.#low.length - 1;
    this.#low[chunk]![at] = offset;
    this.#high[chunk]![at] = offset / 2 ** 32;
    this.#length++;
  }

  get(index: number): number {
    const chunk = Math.floor(index / CHUNK);
    const at = index % CHUNK;
    return this.#high[chunk]![at]! * 2 ** 32 + this.#low[chunk]![at]!;
  }
}
