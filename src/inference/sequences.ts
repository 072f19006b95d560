import { HeedError } from "../error.ts";
import { int32, type TensorData } from "../graph/tensor-data.ts";
import type { ModelConfig } from "../models/family.ts";
import type { Model } from "../models/model.ts";

/** A sequence of token ids. */
export type Ids = ArrayLike<number>;

/** The inputs of a model, by name. */
export type InputData = Readonly<Record<string, TensorData>>;

/**
 * What the model reads of a batch of sources: padded on the right, and where they are not padding.
 *
 * Shape: → inputIds, attentionMask [batch, source].
 */
export function sourceInputs(sources: readonly Ids[], { padTokenId }: Pick<ModelConfig, "padTokenId">): InputData {
  return { inputIds: padRows(sources, padTokenId), attentionMask: marksOf(sources) };
}

/** Where rows that are padded on the right are not padding. Shape: → [rows, longest]. */
export function marksOf(rows: readonly Ids[]): TensorData<"int32"> {
  const ones = rows.map(({ length }) => new Int32Array(length).fill(1));
  return padRows(ones, 0);
}

/**
 * What a model reads of sequences by themselves, each of one segment: of its inputs inputIds, attentionMask and tokenTypeIds.
 *
 * Shape: → each [batch, positions].
 */
export function readInputs({ family, config }: Pick<Model, "family" | "config">, sequences: readonly Ids[]): InputData {
  const segments = sequences.map(({ length }) => new Int32Array(length));
  const all: InputData = { ...sourceInputs(sequences, config), tokenTypeIds: padRows(segments, 0) };
  const read = Object.keys(family.inputTypes(config));
  return Object.fromEntries(Object.entries(all).filter(([name]) => read.includes(name)));
}

/** The token that a decoder starts with. Errors: MODEL_UNSUPPORTED where the model has none. */
export function startToken({ decoderStartTokenId }: Pick<ModelConfig, "decoderStartTokenId">): number {
  if (decoderStartTokenId !== undefined) return decoderStartTokenId;
  const message = "This model has no decoder beside an encoder: it reads no source and target.";
  throw new HeedError("MODEL_UNSUPPORTED", message);
}

/**
 * What `forward` reads to predict every token of the targets from those before it (teacher forcing): the decoder's
 * input is the target shifted right behind the start token.
 *
 * Shape: → inputIds, attentionMask [batch, source], decoderInputIds [batch, target].
 */
export function teacherForced(
  sources: readonly Ids[],
  targets: readonly Ids[],
  config: Pick<ModelConfig, "padTokenId" | "decoderStartTokenId">,
): InputData {
  const start = startToken(config);
  const shifted = targets.map((ids) => {
    const row = new Int32Array(ids.length).fill(start, 0, 1);
    for (let i = 1; i < ids.length; i++) row[i] = ids[i - 1]!;
    return row;
  });
  return { ...sourceInputs(sources, config), decoderInputIds: padRows(shifted, config.padTokenId) };
}

/** Rows of different lengths as one tensor. Shape: → [rows, longest], at least one column. */
export function padRows(rows: readonly Ids[], fill: number): TensorData<"int32"> {
  const width = rows.reduce((longest, { length }) => Math.max(longest, length), 1);
  const data = new Int32Array(rows.length * width).fill(fill);
  rows.forEach((row, i) => {
    data.set(row, i * width);
  });
  return int32([rows.length, width], data);
}

/**
 * Cuts sequences into batches of similar length, longest first, so that little is padding.
 *
 * @param fits Whether a batch of so many rows, the longest and the shortest of those lengths, is not too large. One row
 *   always fits.
 * @returns The indices of the sequences of each batch.
 */
export function batchesByLength(
  lengths: readonly number[],
  fits: (rows: number, longest: number, shortest: number) => boolean,
): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]!);
  const batches: number[][] = [];
  for (const index of order) {
    const batch = batches.at(-1);
    if (batch !== undefined && fits(batch.length + 1, lengths[batch[0]!]!, lengths[index]!)) batch.push(index);
    else batches.push([index]);
  }
  return batches;
}

/**
 * Refuses sequences that the model cannot read.
 *
 * @param what What a sequence is called in the message.
 * @param vocabSize How many ids there are; those of what the model reads unless told.
 * @throws HeedError INPUT_INVALID for an empty sequence or an id beyond the vocabulary, INPUT_TOO_LONG
 */
export function checkSequences(
  what: string,
  sequences: readonly Ids[],
  { maxPositionEmbeddings: longest, ...config }: ModelConfig,
  vocabSize = config.vocabSize,
): void {
  sequences.forEach((ids, i) => {
    if (ids.length === 0) throw new HeedError("INPUT_INVALID", `The ${what} at index ${i} is empty.`);
    if (ids.length > longest) {
      const message = `The ${what} at index ${i} has ${ids.length} tokens, but the model reads at most ${longest}.`;
      throw new HeedError("INPUT_TOO_LONG", `${message} Split or shorten it.`);
    }
    const wrong = Array.prototype.find.call(ids, (id) => !(Number.isInteger(id) && id >= 0 && id < vocabSize));
    if (wrong !== undefined) {
      const message = `The ${what} at index ${i} has the token id ${wrong}, but ids go from 0 to ${vocabSize - 1}.`;
      throw new HeedError("INPUT_INVALID", `${message} Does the tokenizer belong to the model?`);
    }
  });
}
