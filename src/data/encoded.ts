import { HeedError } from "../error.ts";
import { paced, pacer } from "../pacer.ts";
import type { PairCorpus } from "./corpus.ts";
import { RowHash } from "./row-hash.ts";
import { type EncodedRows, TokenStore } from "./token-store.ts";

/** Turns a text into token ids, with whatever marks the model wants at its ends. */
export type Encode = (text: string) => ArrayLike<number>;

export interface EncodeOptions {
  readonly encodeSource: Encode;
  readonly encodeTarget: Encode;
  /** Leave out pairs with more tokens than this on either side. Default and greatest: 65,535. */
  readonly maxLength?: number | undefined;
  /** Tokens take no more memory than this, in bytes; the rest lies where the corpus's text goes. Default 32 MiB. */
  readonly cacheBytes?: number | undefined;
  /** For tokens that are not needed for long: what memory does not take is encoded again when asked for. */
  readonly inMemoryOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of pairs encoded so far. */
  readonly onPairs?: ((pairs: number) => void) | undefined;
}

/** A corpus as token ids. It is gone when the corpus that it came from is disposed. */
export interface EncodedCorpus {
  readonly size: number;
  /** Token lengths, one a pair: what `planEpoch` wants. */
  readonly sourceLengths: Uint16Array;
  readonly targetLengths: Uint16Array;
  /** Tells these tokens from others: the number of pairs and a hash. */
  readonly fingerprint: string;
  /** How many pairs were left out because one side had more than `maxLength` tokens. */
  readonly tooLong: number;
  /** How many were left out because one side had no token at all. */
  readonly empty: number;
  /** The pairs with these numbers (from 0 to size − 1), in this order. */
  rows(indices: ArrayLike<number>): Promise<EncodedRows>;
}

const MAX_LENGTH = 0xffff;

/**
 * Encodes every pair once. Besides `cacheBytes` it takes a little over 4 bytes a pair, and 9 bits more when some are left
 * out. Where the corpus has no place but memory for its text, or with `inMemoryOnly`, tokens beyond `cacheBytes` are not
 * kept: rows are encoded again when asked for.
 * @throws HeedError INPUT_INVALID for a maxLength out of range; FILE_UNWRITABLE (the temporary file); ABORTED
 */
export async function encodeCorpus(corpus: PairCorpus, options: EncodeOptions): Promise<EncodedCorpus> {
  const { maxLength = MAX_LENGTH, encodeSource, encodeTarget } = options;
  if (!(maxLength >= 1 && maxLength <= MAX_LENGTH)) {
    throw new HeedError("INPUT_INVALID", `maxLength must be from 1 to ${MAX_LENGTH} tokens, not ${maxLength}.`);
  }
  const counts = { tooLong: 0, empty: 0 };
  const sourceLengths = new Uint16Array(corpus.size);
  const targetLengths = new Uint16Array(corpus.size);
  const store = new TokenStore(options.cacheBytes ?? 32 * 2 ** 20, options.inMemoryOnly ? undefined : corpus.scratch());
  const hash = new RowHash();
  let number = 0;
  for await (const block of corpus.pairs(options.signal)) {
    for (const pair of block) {
      if (pacer.due()) await pacer.rest();
      const source = encodeSource(pair.source);
      const target = encodeTarget(pair.target);
      const reason = rejection(source.length, target.length, maxLength);
      if (reason === undefined) {
        sourceLengths[number] = source.length;
        targetLengths[number] = target.length;
        store.append(source, target);
        hash.add(source);
        hash.add(target);
        if (store.due) await store.flush();
      } else counts[reason]++;
      number++;
    }
    options.onPairs?.(number);
  }
  const all = { corpus, sourceLengths, targetLengths };
  const { corpus: kept, ...lengths } = counts.tooLong + counts.empty === 0 ? all : withoutRejected(all);
  const rows = store.full ? encodingAgain(kept, options) : store.reader(lengths);
  return { size: kept.size, ...lengths, ...counts, rows, fingerprint: `${kept.size} pairs ${hash.hex}` };
}

function rejection(source: number, target: number, maxLength: number): "tooLong" | "empty" | undefined {
  if (source === 0 || target === 0) return "empty";
  return source > maxLength || target > maxLength ? "tooLong" : undefined;
}

interface Measured {
  readonly corpus: PairCorpus;
  readonly sourceLengths: Uint16Array;
  readonly targetLengths: Uint16Array;
}

/** A rejected pair has length 0, which no other has. */
function withoutRejected({ corpus, sourceLengths, targetLengths }: Measured): Measured {
  const kept = corpus.subset((index) => sourceLengths[index]! > 0);
  return {
    corpus: kept,
    sourceLengths: withoutZeros(sourceLengths, kept.size),
    targetLengths: withoutZeros(targetLengths, kept.size),
  };
}

/** The first `count` elements of the same memory: those that are not 0, in order. */
function withoutZeros(lengths: Uint16Array, count: number): Uint16Array {
  let at = 0;
  for (const length of lengths) if (length > 0) lengths[at++] = length;
  return lengths.subarray(0, count);
}

function encodingAgain(corpus: PairCorpus, { encodeSource, encodeTarget }: EncodeOptions): EncodedCorpus["rows"] {
  return async (indices) => {
    const pairs = await corpus.read(indices);
    return {
      source: await paced(pairs, (pair) => Int32Array.from(encodeSource(pair.source))),
      target: await paced(pairs, (pair) => Int32Array.from(encodeTarget(pair.target))),
    };
  };
}
