const EIGHTHS = " ▏▎▍▌▋▊▉█";

/** A share from 0 to 1 as a bar, in eighths of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = Math.floor(eighths / 8);
  return ("█".repeat(full) + (eighths % 8 === 0 ? "" : EIGHTHS[eighths % 8])).padEnd(width);
}
