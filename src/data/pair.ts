/** A sentence and its translation (or any other text that belongs to it). */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

/** A pair as a reader found it. */
export interface ReadPair extends Pair {
  /** Where it began in its file: the line, counted from 1. */
  readonly line: number;
}

/** Pairs come in blocks of a few thousand: one await for each would cost more than reading it. */
export type PairBlocks = AsyncIterable<readonly ReadPair[]>;

/** A named stream of bytes that can be opened more than once; a chunk is valid until the next one is asked for. */
export interface ByteSource {
  /** A path, or another name that errors give to the user. */
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

/** Text as a stream of bytes, for the readers of formats. */
export function textSource(text: string, name: string): ByteSource {
  return {
    name,
    async *open() {
      yield new TextEncoder().encode(text);
    },
  };
}

/**
 * The form in which a corpus holds text, compares it and splits by it: Unicode's NFC, without white space at its ends.
 * (An unpaired surrogate, which UTF-8 cannot hold, becomes U+FFFD when it is stored.)
 */
export function normalizeText(text: string): string {
  return text.normalize("NFC").trim();
}
