import type { Batch, Epoch } from "./batches.ts";

/** Prepares the next batches while the current ones are computed. */
export class Prefetch {
  readonly #epoch: Epoch;
  #next: { from: number; batches: Promise<Batch[]> } | undefined;

  constructor(epoch: Epoch) {
    this.#epoch = epoch;
  }

  async take(from: number, count: number): Promise<Batch[]> {
    const batches = await (this.#next?.from === from ? this.#next.batches : this.#load(from, count));
    const next = from + batches.length;
    const promise = this.#load(next, count);
    promise.catch(() => {}); // Reported when these batches are taken.
    this.#next = { from: next, batches: promise };
    return batches;
  }

  async #load(from: number, count: number): Promise<Batch[]> {
    const end = Math.min(this.#epoch.length, from + count);
    return Promise.all(Array.from({ length: Math.max(0, end - from) }, (_, i) => this.#epoch.batch(from + i)));
  }
}
