import { z } from "zod";

const positive = z.number().positive();

const common = {
  ropeTheta: positive.describe("The longest wavelength is about 2π times this."),
  partialRotaryFactor: positive.max(1).default(1).describe("The share of each head that is turned."),
};

/** How rotary positions turn, under Hugging Face's names (`rope_parameters`). */
export const ropeSchema = z.discriminatedUnion("ropeType", [
  z.strictObject({ ropeType: z.literal("default"), ...common }),
  z.strictObject({ ropeType: z.literal("linear"), ...common, factor: positive }),
]);

export type RopeParameters = z.output<typeof ropeSchema>;

/** How many pairs of numbers of a head are turned. */
export function rotaryPairs({ partialRotaryFactor }: RopeParameters, dHead: number): number {
  return Math.floor(Math.floor(dHead * partialRotaryFactor) / 2);
}

/** The frequencies of the pairs of numbers of a head, in radians a position (Su et al. 2021, equation 15). */
export function ropeFrequencies(rope: RopeParameters, pairs: number): Float32Array<ArrayBuffer> {
  const frequencies = Float32Array.from({ length: pairs }, (_, pair) => 1 / rope.ropeTheta ** (pair / pairs));
  return rope.ropeType === "linear" ? frequencies.map((frequency) => frequency / rope.factor) : frequencies;
}
