import { z } from "zod";
import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32 } from "../graph/tensor-data.ts";
import type { Past } from "../nn/context.ts";
import { type Rotation, rotation } from "../nn/rotary.ts";
import { add, greater, mul, where } from "../ops/binary.ts";
import { constant, scalarConstant } from "../ops/constant.ts";
import { range, take } from "../ops/gather.ts";
import { argMax } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";
import { cast, exp, log } from "../ops/unary.ts";
import type { ConfigProblem } from "./family.ts";

const positive = z.number().positive();
const nonnegative = z.number().nonnegative();

const common = {
  ropeTheta: positive.describe("The longest wavelength is about 2π times this."),
  partialRotaryFactor: positive.max(1).default(1).describe("The share of each head that is turned."),
};
const scaled = { ...common, factor: positive.describe("How many times as long texts may be.") };
const original = z.int().positive().describe("The longest text of the first training.");

/** How rotary positions turn, under Hugging Face's names (`rope_parameters`). */
export const ropeSchema = z.discriminatedUnion("ropeType", [
  z.strictObject({ ropeType: z.literal("default"), ...common }),
  z.strictObject({ ropeType: z.literal("linear"), ...scaled }),
  z.strictObject({ ropeType: z.literal("dynamic"), ...scaled }),
  z.strictObject({
    ropeType: z.literal("llama3"),
    ...scaled,
    lowFreqFactor: positive.describe("Wavelengths above the original length by this are stretched whole."),
    highFreqFactor: positive.describe("Wavelengths below the original length by this are left as they are."),
    originalMaxPositionEmbeddings: original,
  }),
  z.strictObject({
    ropeType: z.literal("yarn"),
    ...scaled,
    originalMaxPositionEmbeddings: original,
    attentionFactor: nonnegative.optional().describe("A factor of queries and keys; of `factor` unless told."),
    mscale: nonnegative.optional().describe("With mscaleAllDim: a part of the factor of queries and keys."),
    mscaleAllDim: nonnegative.optional().describe("With mscale: a part of the factor of queries and keys."),
    betaFast: positive.default(32).describe("Turns within the original length above which pairs are left as they are."),
    betaSlow: positive.default(1).describe("Turns within the original length below which pairs are stretched whole."),
    truncate: z.boolean().default(true).describe("The two bounds are rounded outwards to pairs."),
  }),
]);

export type RopeParameters = z.output<typeof ropeSchema>;
type Scaled<T extends RopeParameters["ropeType"]> = Extract<RopeParameters, { ropeType: T }>;

/** What of a model rotary positions depend on. */
export interface RopeOf {
  /** Width of a head. */
  readonly headDim: number;
  /** The longest text; `dynamic` begins to stretch behind it. */
  readonly maxPositionEmbeddings: number;
}

/** How many pairs of numbers of a head are turned. */
export function rotaryPairs({ partialRotaryFactor }: RopeParameters, headDim: number): number {
  return Math.floor(Math.floor(headDim * partialRotaryFactor) / 2);
}

/** What of rotary positions does not fit the model. */
export function ropeProblems(key: string, rope: RopeParameters, headDim: number): ConfigProblem[] {
  const pairs = rotaryPairs(rope, headDim);
  const needed = rope.ropeType === "dynamic" ? 2 : 1;
  if (pairs < needed) {
    return [{ key, message: `expected heads of at least ${2 * needed} numbers to turn, found ${headDim}` }];
  }
  if (rope.ropeType === "llama3" && rope.highFreqFactor <= rope.lowFreqFactor) {
    const { lowFreqFactor: low, highFreqFactor: high } = rope;
    return [{ key, message: `expected a highFreqFactor above lowFreqFactor (${low}), found ${high}` }];
  }
  if (rope.ropeType === "yarn" && rope.ropeTheta === 1) {
    return [{ key, message: "expected a ropeTheta other than 1, where wavelengths differ" }];
  }
  return [];
}

/**
 * How the positions of a call turn.
 *
 * `dynamic` follows the length at hand, as Python does: the last position of the call, in decoding of each row by itself.
 * Beyond `maxPositionEmbeddings` each call so turns by other angles than the one before, while cached keys keep those they
 * had: what a text is given as one prompt and what it is given token by token differ there.
 */
export function ropeRotation(rope: RopeParameters, of: RopeOf, count: Dim, past?: Past): Rotation {
  const pairs = rotaryPairs(rope, of.headDim);
  const plain = constant(float32([pairs], ropeFrequencies(rope, pairs)));
  const frequencies = rope.ropeType === "dynamic" ? dynamicFrequencies(rope, plain, pairs, of, count, past) : plain;
  return rotation(frequencies, count, { past, factor: attentionFactor(rope) });
}

/** The frequencies of the pairs of numbers of a head, in radians a position (Su et al. 2021, equation 15). */
function ropeFrequencies(rope: RopeParameters, pairs: number): Float32Array<ArrayBuffer> {
  const plain = Float64Array.from({ length: pairs }, (_, pair) => rope.ropeTheta ** (-pair / pairs));
  return Float32Array.from(stretched(rope, plain));
}

function stretched(rope: RopeParameters, plain: Float64Array): Float64Array {
  switch (rope.ropeType) {
    case "linear":
      return plain.map((frequency) => frequency / rope.factor);
    case "llama3":
      return plain.map((frequency) => llama3Frequency(rope, frequency));
    case "yarn":
      return yarnFrequencies(rope, plain);
    default:
      return plain;
  }
}

/** Of long wavelengths divided by `factor`, of short ones as it is, between the two both in part (Llama 3.1). */
function llama3Frequency(rope: Scaled<"llama3">, frequency: number): number {
  const { factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositionEmbeddings } = rope;
  const turns = (originalMaxPositionEmbeddings * frequency) / (2 * Math.PI);
  const kept = Math.min(Math.max((turns - low) / (high - low), 0), 1);
  return (1 - kept) * (frequency / factor) + kept * frequency;
}

/** Pairs that turn fast are left as they are, slow ones divided by `factor`, with a ramp between (Peng et al. 2023, 3.2). */
function yarnFrequencies(rope: Scaled<"yarn">, plain: Float64Array): Float64Array {
  const dim = 2 * plain.length;
  const pairOf = (turns: number) =>
    (dim * Math.log(rope.originalMaxPositionEmbeddings / (turns * 2 * Math.PI))) / (2 * Math.log(rope.ropeTheta));
  const [first, last] = [pairOf(rope.betaFast), pairOf(rope.betaSlow)];
  const low = Math.max(rope.truncate ? Math.floor(first) : first, 0);
  const end = Math.min(rope.truncate ? Math.ceil(last) : last, dim - 1);
  const high = end === low ? end + 0.001 : end;
  return plain.map((frequency, pair) => {
    const divided = Math.min(Math.max((pair - low) / (high - low), 0), 1);
    return (frequency / rope.factor) * divided + frequency * (1 - divided);
  });
}

/** What queries and keys are multiplied by where they are turned (Peng et al. 2023, equation 22). */
function attentionFactor(rope: RopeParameters): number {
  if (rope.ropeType !== "yarn") return 1;
  const { factor, mscale, mscaleAllDim } = rope;
  const scaleOf = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const told = mscale && mscaleAllDim ? scaleOf(mscale) / scaleOf(mscaleAllDim) : scaleOf(1);
  return rope.attentionFactor ?? told;
}

/**
 * Frequencies to a base that grows with the length: θ · (factor · length / max − (factor − 1))^(d / (d − 2)) in place of θ.
 *
 * Shape: → [1 or batch, 1, 1, pairs].
 */
function dynamicFrequencies(
  { factor }: Scaled<"dynamic">,
  plain: Tensor,
  pairs: number,
  { maxPositionEmbeddings: longest }: RopeOf,
  count: Dim,
  past?: Past,
): Tensor {
  const last = lastPosition(count, past);
  const length = add(cast(last, "float32"), 1);
  const reached = where(greater(length, longest), length, scalarConstant(longest));
  const grown = add(mul(reached, factor / longest), 1 - factor);
  const exponents = Float32Array.from({ length: pairs }, (_, pair) => -pair / (pairs - 1));
  const shrunk = exp(mul(log(grown), constant(float32([pairs], exponents))));
  return mul(plain, reshape(shrunk, [last.shape[0]!, 1, 1, pairs]));
}

/** The last position of each row. Shape: → [1 or batch, 1] int32. */
function lastPosition(count: Dim, past?: Past): Tensor {
  const positions = past?.positions ?? reshape(range(count), [1, count]);
  return take(positions, reshape(argMax(positions), [positions.shape[0]!, 1]));
}
