import { type Ids, type InputData, sourceInputs, startToken } from "../inference/sequences.ts";
import type { Model } from "../models/model.ts";
import { writtenBy } from "./decoding.ts";

/** What a model is given before it writes. */
export interface Prompt {
  /** Inputs that are read whole, beside what is written. */
  readonly inputs: InputData;
  /** For each sequence the tokens that stand before the first new one: at least one. */
  readonly written: readonly Ids[];
}

/**
 * What a model goes on from, given sequences: behind them, where it reads what it writes; else behind the token that its
 * decoder starts with, and they are the source.
 *
 * @throws HeedError MODEL_UNSUPPORTED for a model that does not write
 */
export function promptOf(model: Pick<Model, "family" | "config">, sequences: readonly Ids[]): Prompt {
  const inputs = readsItself(model) ? {} : sourceInputs(sequences, model.config);
  return { inputs, written: writtenBefore(model, sequences) };
}

/** How many tokens of the longest of these sequences are read before the first step. Errors: as `promptOf`. */
export function longestRead(model: Pick<Model, "family" | "config">, sequences: readonly Ids[]): number {
  return writtenBefore(model, sequences).reduce((most, { length }) => Math.max(most, length - 1), 0);
}

function writtenBefore(model: Pick<Model, "family" | "config">, sequences: readonly Ids[]): readonly Ids[] {
  if (readsItself(model)) return sequences;
  const start = [startToken(model.config)];
  return sequences.map(() => start);
}

/** Whether what a model reads and what it writes are one sequence. */
const readsItself = (model: Pick<Model, "family" | "config">): boolean => writtenBy(model) === "inputIds";
