import type { Draw } from "../draw.ts";

/** Makes another file of a file. What cannot be changed in that way comes back as it is. */
export type Mutation = (file: Uint8Array, draw: Draw, maxBytes: number) => Uint8Array;

/** A mutation of text. Bytes that are not UTF-8 become U+FFFD by it. */
export function ofText(change: (text: string, draw: Draw, maxBytes: number) => string): Mutation {
  return (file, draw, maxBytes) =>
    new TextEncoder().encode(change(new TextDecoder("utf-8", { ignoreBOM: true }).decode(file), draw, maxBytes));
}

/** How often something may be repeated: mostly a few times, now and then until the file is as large as it may be. */
export function repetitions(size: number, draw: Draw, maxBytes: number): number {
  const most = Math.max(1, Math.floor(maxBytes / Math.max(1, size)));
  const scale = draw(256);
  if (scale === 255) return most;
  return 1 + draw(Math.min(most, scale < 200 ? 8 : 1000));
}
