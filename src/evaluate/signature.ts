/** The release of sacreBLEU whose scores ours equal, which its signatures name. */
const SACREBLEU_VERSION = "2.6.0";

/** How many references each segment has, "var" where segments differ. */
export type ReferenceCount = number | "var";

/** The count after one more segment, which has `count` references. */
export function mergeReferenceCount(previous: ReferenceCount | undefined, count: number): ReferenceCount {
  return previous === undefined || previous === count ? count : "var";
}

/**
 * The line that says how a score was computed, as sacreBLEU writes it (Post 2018, "A Call for Clarity in Reporting BLEU
 * Scores", section 4): `nrefs:1|case:mixed|…|version:2.6.0`.
 */
export function formatSignature(
  referenceCount: ReferenceCount,
  settings: Readonly<Record<string, string | number | boolean>>,
): string {
  const fields = { nrefs: referenceCount, ...settings, version: SACREBLEU_VERSION };
  return Object.entries(fields)
    .map(([key, value]) => `${key}:${typeof value === "boolean" ? (value ? "yes" : "no") : value}`)
    .join("|");
}

/** `value` with two decimals, ties to even as Python's `format(value, ".2f")` does and `toFixed` does not. */
export function formatTwoDecimals(value: number): string {
  const isTie = Math.abs((value * 8) % 2) === 1;
  if (!isTie) return value.toFixed(2);
  const hundredths = Math.floor(value * 100);
  return ((hundredths + (hundredths % 2)) / 100).toFixed(2);
}
