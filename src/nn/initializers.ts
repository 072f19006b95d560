import type { Random } from "../random.ts";

/** Gives the first numbers of a parameter: a function that is asked for each of them once, in order. */
export type Initializer = (shape: readonly number[], random: Random) => (index: number) => number;

export const zeros: Initializer = () => () => 0;
export const ones: Initializer = () => () => 1;

/** As `xavierUniform` would fill a matrix of so many times as many columns, of which this one is a part. */
export const xavierUniformOf =
  (parts: number): Initializer =>
  ([dIn = 1, dOut = 1], random) => {
    const bound = Math.sqrt(6 / (dIn + parts * dOut));
    return () => bound * (2 * random.uniform() - 1);
  };

/** Uniform in ±√(6 / (dIn + dOut)) (Glorot & Bengio 2010, equation 16). */
export const xavierUniform = xavierUniformOf(1);

/** Normal with mean 0 and the given standard deviation. */
export const normal =
  (deviation: number): Initializer =>
  (_, random) =>
  () =>
    deviation * random.normal();

/** As `normal`, but drawn again where a number is further from 0 than `cutoff` standard deviations. */
export const truncatedNormal =
  (deviation: number, cutoff: number): Initializer =>
  (_, random) =>
  () => {
    let number = random.normal();
    while (Math.abs(number) > cutoff) number = random.normal();
    return deviation * number;
  };

/** As another initializer, but with one row of zeros. */
export const withZeroRow =
  (initializer: Initializer, row: number): Initializer =>
  (shape, random) => {
    const width = shape[1]!;
    const numberAt = initializer(shape, random);
    return (index) => {
      const number = numberAt(index);
      return Math.floor(index / width) === row ? 0 : number;
    };
  };

/**
 * Positions as sinusoids, sine and cosine in turn ("Attention Is All You Need", 3.5): number 2j of row pos is
 * sin(pos / 10000^(2j / width)), the next its cosine. For a table [positions, width] that is a parameter.
 */
export const interleavedSinusoids: Initializer =
  ([, width = 1]) =>
  (index) => {
    const [position, place] = [Math.floor(index / width), index % width];
    const angle = position / 10000 ** ((place - (place % 2)) / width);
    return place % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  };
