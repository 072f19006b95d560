import { z } from "zod";
import { type ActivationName, activations } from "../nn/activations.ts";
import type { ConfigProblem } from "./family.ts";

/** Limits far beyond what can be trained here: a slip of the pen is to be an error, not a day of waiting. */
const limits = { layers: 1024, width: 65_536, positions: 65_535, tokens: 4_194_304 } as const;
/** Numbers of one matrix: 4 GiB of float32, about what one array may hold. */
const MAX_MATRIX = 2 ** 30;

/** The kinds of values that configs of every family have. */
const count = z.int().positive();
export const layers = count.max(limits.layers);
export const width = count.max(limits.width);
export const positions = count.max(limits.positions);
/** Where no table holds a row for each. */
export const relativePositions = count.max(2 ** 24);
export const tokens = count.max(limits.tokens);
export const tokenId = z.int().nonnegative();
export const rate = z.number().min(0).lt(1);
export const epsilon = z.number().nonnegative();
export const activation = z.enum(Object.keys(activations) as [ActivationName, ...ActivationName[]]);

/** A whole that is not divisible into so many equal parts. */
export function divisorProblems(whole: { key: string; value: number }, parts: Readonly<Record<string, number>>) {
  return Object.entries(parts).flatMap(([key, value]): ConfigProblem[] => {
    if (whole.value % value === 0) return [];
    return [{ key, message: `expected a divisor of ${whole.key} (${whole.value}), found ${value}` }];
  });
}

/** Matrices of so many rows (by key) that one array cannot hold them. */
export function matrixProblems(columns: { key: string; value: number }, rows: Readonly<Record<string, number>>) {
  return Object.entries(rows).flatMap(([key, value]): ConfigProblem[] => {
    const found = columns.value * value;
    if (found <= MAX_MATRIX) return [];
    const message = `expected at most ${MAX_MATRIX} numbers in a matrix of ${columns.key} × ${key}, found ${found}`;
    return [{ key, message }];
  });
}

/** Ids of tokens that the vocabulary does not have. */
export function idProblems(vocabSize: number, ids: Readonly<Record<string, number | undefined>>): ConfigProblem[] {
  return Object.entries(ids).flatMap(([key, id]) => {
    if (id === undefined || id < vocabSize) return [];
    return [{ key, message: `expected an id below vocabSize (${vocabSize}), found ${id}` }];
  });
}
