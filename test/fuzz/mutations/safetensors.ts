import { type Draw, pick } from "../draw.ts";
import { jsonMutations } from "./json.ts";
import type { Mutation } from "./mutation.ts";
import { extremeIntegers } from "./numbers.ts";

/** Mutations of the header, of which most leave its length right. */
export const safetensorsMutations: readonly Mutation[] = [
  ...jsonMutations.map((mutation): Mutation => {
    return (file, draw, maxBytes) => withHeader(file, mutation(headerOf(file), draw, maxBytes));
  }),
  ofEntries((entries, draw) => {
    pick(entries, draw).data_offsets = pick(entries, draw).data_offsets;
  }),
  ofEntries((entries, draw) => {
    const entry = pick(entries, draw);
    entry.data_offsets = entry.data_offsets.map((offset) => offset + draw(64) - 32);
  }),
  ofEntries((entries, draw) => {
    pick(entries, draw).dtype = pick(["F8_E4M3", "U16", "C64", "f32", "toString", "F64", "F16", "BOOL"], draw);
  }),
  ofEntries((entries, draw) => {
    const entry = pick(entries, draw);
    const sizes = [0, 1, 2 ** 16, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e308];
    entry.shape = Array.from({ length: draw(5) }, () => pick(sizes, draw));
    if (draw(2) === 0) entry.data_offsets = [entry.data_offsets[0]!, entry.data_offsets[0]!];
  }),
  (file, draw) => withLength(file, pick(extremeIntegers, draw)),
  (file, draw) => withLength(file, BigInt(draw(file.length + 16))),
];

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

function ofEntries(change: (entries: Entry[], draw: Draw) => void): Mutation {
  return (file, draw) => {
    let header: Record<string, Entry>;
    try {
      header = JSON.parse(new TextDecoder().decode(headerOf(file))) as Record<string, Entry>;
      const entries = Object.values(header).filter((entry) => Array.isArray(entry.data_offsets));
      if (entries.length > 0) change(entries, draw);
    } catch {
      return file; // Spoilt by an earlier mutation.
    }
    return withHeader(file, new TextEncoder().encode(JSON.stringify(header)));
  };
}

function headerLength(file: Uint8Array): number {
  if (file.length < 8) return 0;
  const length = Buffer.from(file.buffer, file.byteOffset, 8).readBigUInt64LE();
  return Number(length) > file.length - 8 ? 0 : Number(length);
}

function headerOf(file: Uint8Array): Uint8Array {
  return file.subarray(8, 8 + headerLength(file));
}

function withHeader(file: Uint8Array, header: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return new Uint8Array(Buffer.concat([length, header, file.subarray(8 + headerLength(file))]));
}

function withLength(file: Uint8Array, length: bigint): Uint8Array {
  const changed = new Uint8Array(Math.max(8, file.length));
  changed.set(file);
  new DataView(changed.buffer).setBigUint64(0, length, true);
  return changed;
}
