/** Rows as columns of equal width. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Facts, one a line, nested ones with their path. */
export function formatFacts(facts: Readonly<Record<string, unknown>>, prefix = ""): string {
  const lines = Object.entries(facts).map(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? formatFacts(value as Record<string, unknown>, `${prefix}${key}.`)
      : `${prefix}${key}: ${value}`,
  );
  return lines.filter((line) => line !== "").join("\n");
}

/** A number with so many digits that it can be read. */
export function digits(value: number, significant = 3): string {
  return Number(value.toPrecision(significant)).toLocaleString("en-US", { maximumSignificantDigits: significant });
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
