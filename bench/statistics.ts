/** Repeated measurements of one thing. */
export interface Measured {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** (most − least) / median */
  readonly spread: number;
}

export function measured(values: readonly number[]): Measured {
  const middle = median(values);
  const least = Math.min(...values);
  const most = Math.max(...values);
  return { median: middle, least, most, spread: (most - least) / middle };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
