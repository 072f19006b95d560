/** What every peer is told, as a JSON file: the same weights, in the folder that each can read, and the same sentences. */
export interface DecodeJob {
  /** The folder that Heed wrote: Marian or Pegasus. */
  readonly model: string;
  /** The same exported to ONNX, for transformers.js. */
  readonly onnx: string;
  /** The same converted for CTranslate2. */
  readonly ctranslate2: string;
  readonly threads: number;
  readonly maxNewTokens: number;
  /** Token ids of the sources, the end-of-sentence token included. */
  readonly sources: readonly (readonly number[])[];
}

/** A way to decode: greedily with one beam; so many sentences at once. */
export interface Setting {
  readonly beams: number;
  readonly batch: number;
}

/** One pass over the sentences of a setting. */
export interface DecodePass {
  /** For each sentence in the order of the job the ids found, without start, padding and end. */
  readonly ids: readonly (readonly number[])[];
  readonly seconds: number;
  /** Of all cores together. */
  readonly cpuSeconds: number;
}

/** Sentences one by one would take long with slow peers: there, one in so many is decoded. */
const SINGLE_SHARE = 5;

/** The sentences of a setting, by number, in batches of similar length, longest first: the same for every peer. */
export function batchesOf(sources: DecodeJob["sources"], { batch }: Setting): number[][] {
  const numbers = [...sources.keys()].filter((number) => batch > 1 || number % SINGLE_SHARE === 0);
  const byLength = numbers.sort((a, b) => sources[b]!.length - sources[a]!.length || a - b);
  return Array.from({ length: Math.ceil(byLength.length / batch) }, (_, i) =>
    byLength.slice(i * batch, (i + 1) * batch),
  );
}
