/** Rows of ids, padded on the right to the length of the longest. */
export interface Collated {
  /** Row-major, [rows, columns]. */
  readonly ids: Int32Array;
  /** [rows, columns]: 1 where there is a token, 0 where there is padding. */
  readonly mask: Int32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Pads rows of ids to one rectangle. */
export function collate(rows: readonly ArrayLike<number>[], padId: number): Collated {
  const columns = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  const ids = new Int32Array(rows.length * columns).fill(padId);
  const mask = new Int32Array(rows.length * columns);
  rows.forEach((row, r) => {
    ids.set(row, r * columns);
    mask.fill(1, r * columns, r * columns + row.length);
  });
  return { ids, mask, rows: rows.length, columns };
}
