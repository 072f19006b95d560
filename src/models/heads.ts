import { z } from "zod";

/**
 * What is read from the states of a model, and the shape of its scores:
 *
 * | head | scores | shape |
 * | --- | --- | --- |
 * | nextToken | of the token behind each position | [batch, positions, vocabSize] |
 * | maskedToken | of the token at each position, which may be hidden | [batch, positions, vocabSize] |
 * | sequenceToSequence | of the token behind each position of the decoder | [batch, target, vocabSize] |
 * | sequenceClass | of the classes of the whole sequence | [batch, labels] |
 * | tokenClass | of the classes of each position | [batch, positions, labels] |
 * | span | of each position as the first and as the last of the answer | [batch, positions, 2] |
 * | states | none: the states themselves, of which a sentence embedding is made | [batch, positions, width] |
 */
export const headNames = [
  "nextToken",
  "maskedToken",
  "sequenceToSequence",
  "sequenceClass",
  "tokenClass",
  "span",
  "states",
] as const;

export type HeadName = (typeof headNames)[number];

/** Heads that write: decoding goes on behind what they wrote. */
export const writingHeads = ["nextToken", "sequenceToSequence"] as const satisfies readonly HeadName[];

/** The key of a config that says which head it is; the first unless told. */
export const headKey = <const H extends HeadName>(heads: readonly [H, ...H[]]) =>
  z
    .enum(heads)
    .default(heads[0] as never)
    .describe("What is read from the states.");

/** The keys of a config of a model with a head for classes, under Hugging Face's names. */
export const classKeys = {
  id2label: z
    .record(z.string(), z.string())
    .refine((labels) => Object.keys(labels).every((id, i) => id === String(i)), "expected names of classes 0, 1, …")
    .default({ 0: "LABEL_0", 1: "LABEL_1" })
    .describe("The name of each class, by its number."),
  problemType: z
    .enum(["regression", "single_label_classification", "multi_label_classification"])
    .optional()
    .describe("Whether scores are numbers by themselves, of one class out of several, or of each class alone."),
};

/** How many classes a config has. */
export const labelCount = ({ id2label }: { readonly id2label: Readonly<Record<string, string>> }): number =>
  Object.keys(id2label).length;
