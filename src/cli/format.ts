/** Numbers as people read them. */

const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 12,345 */
export const formatCount = (count: number): string => counts.format(count);

/** `1 pair`, `2,114 pairs` */
export const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** `0:07`, `12:34`, `1:02:03` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}

/** `45.2%` */
export const formatPercent = (share: number): string => `${(share * 100).toFixed(1)}%`;

/** `512 B`, `1.2 MB`, in steps of 1000 */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${units[step]}`;
}

/** Of a learning rate, the digits that matter: `0.00123` */
export const formatRate = (rate: number): string => (rate === 0 ? "0" : String(Number(rate.toPrecision(3))));
