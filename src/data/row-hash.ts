/**
 * A hash of 32 bits of rows of whole numbers, in their order (FNV-1a, by numbers instead of bytes). Tells data that have
 * changed from those that have not; not for adversaries.
 */
export class RowHash {
  #hash = 0x811c9dc5;

  add(row: ArrayLike<number>): void {
    this.#mix(row.length);
    for (let i = 0; i < row.length; i++) this.#mix(row[i]!);
  }

  get hex(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  #mix(number: number): void {
    this.#hash = Math.imul(this.#hash ^ number, 0x01000193);
  }
}
