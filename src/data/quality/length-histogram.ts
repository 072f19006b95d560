const LONGEST = 0xffff;

/** Percentiles of lengths; lengths beyond 65,535 count as that. */
export interface LengthSummary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** How many lengths lie in [start, start + width), for ten bins of equal width that cover p99; the last one is open. */
  readonly histogram: readonly { readonly start: number; readonly count: number }[];
}

const BINS = 10;

/** Counts lengths, exactly, in a fixed 512 KiB. */
export class LengthHistogram {
  readonly #counts = new Float64Array(LONGEST + 1);
  #count = 0;
  #sum = 0;

  add(length: number): void {
    this.#counts[Math.min(length, LONGEST)]!++;
    this.#count++;
    this.#sum += length;
  }

  summary(): LengthSummary {
    const at = (share: number) => this.#percentile(share);
    const mean = this.#count === 0 ? 0 : this.#sum / this.#count;
    const [p5, p50, p95, p99] = [at(0.05), at(0.5), at(0.95), at(0.99)];
    return { count: this.#count, mean, min: at(0), p5, p50, p95, p99, max: at(1), histogram: this.#bins(p99) };
  }

  /** The smallest length such that at least this share of all lengths is no longer (nearest rank). */
  #percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let length = 0; length <= LONGEST; length++) {
      seen += this.#counts[length]!;
      if (seen >= rank) return length;
    }
    return 0;
  }

  #bins(most: number): { start: number; count: number }[] {
    const width = Math.max(1, Math.ceil((most + 1) / BINS));
    const bins = Array.from({ length: BINS }, (_, i) => ({ start: i * width, count: 0 }));
    this.#counts.forEach((count, length) => {
      bins[Math.min(BINS - 1, Math.floor(length / width))]!.count += count;
    });
    return bins;
  }
}
