import { HeedError } from "../../error.ts";

interface Foreign {
  readonly at?: number;
  /** `undefined` for any byte. */
  readonly bytes: readonly (number | undefined)[];
  readonly what: string;
  readonly advice: string;
}

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const unpack = "Unpack it, and name the file within";
const asText = "Save its table as tab-separated text (.tsv)";

/** Files that people take for text, by the bytes that they have at a place. */
const FOREIGN: readonly Foreign[] = [
  {
    bytes: [...ascii("PK"), 3, 4],
    what: "a zip archive, as those of Excel (.xlsx) and Word (.docx) also are",
    advice: `${unpack}, or save the document as text`,
  },
  { bytes: ascii("Rar!\x1a\x07"), what: "a RAR archive", advice: unpack },
  { bytes: [...ascii("7z"), 0xbc, 0xaf, 0x27, 0x1c], what: "a 7-Zip archive", advice: unpack },
  { at: 257, bytes: ascii("ustar"), what: "a tar archive", advice: unpack },
  { bytes: [...ascii("BZh"), undefined, 0x31, 0x41, 0x59], what: "packed by bzip2", advice: "Unpack it, or use gzip" },
  { bytes: [0xfd, ...ascii("7zXZ"), 0], what: "packed by xz", advice: "Unpack it, or use gzip" },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "packed by Zstandard", advice: "Unpack it, or use gzip" },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1], what: "a document of an old Excel or Word", advice: asText },
  { bytes: [...ascii("PAR1"), 0x15], what: "a Parquet file", advice: "Write its rows as JSON Lines (.jsonl)" },
  { bytes: ascii("ARROW1\0\0"), what: "an Arrow file", advice: "Write its rows as JSON Lines (.jsonl)" },
  { bytes: ascii("SQLite format 3\0"), what: "a database of SQLite", advice: asText },
  { bytes: ascii("%PDF-"), what: "a PDF", advice: "Save its text as a text file" },
];

/** Bytes within which a foreign file shows itself. */
export const FOREIGN_BYTES = Math.max(...FOREIGN.map(({ at = 0, bytes }) => at + bytes.length));

/** @throws HeedError FORMAT_INVALID for the first bytes of a file that is known, and no text */
export function refuseForeign(start: Uint8Array, path: string): void {
  const found = FOREIGN.find(({ at = 0, bytes }) =>
    bytes.every((byte, i) => byte === undefined || start[at + i] === byte),
  );
  if (found === undefined) return;
  throw new HeedError("FORMAT_INVALID", `${path} is ${found.what}. ${found.advice}.`, { path });
}
