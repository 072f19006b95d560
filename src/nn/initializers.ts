import type { Random } from "./random.ts";

/** Fills a parameter with its first numbers. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array<ArrayBuffer>;

const fill = (shape: readonly number[], next: () => number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next);

export const zeros: Initializer = (shape) => fill(shape, () => 0);
export const ones: Initializer = (shape) => fill(shape, () => 1);

/** Uniform in ±√(6 / (dIn + dOut)) (Glorot & Bengio 2010, equation 16). */
export const xavierUniform: Initializer = (shape, random) => {
  const [dIn = 1, dOut = 1] = shape;
  const bound = Math.sqrt(6 / (dIn + dOut));
  return fill(shape, () => bound * (2 * random.uniform() - 1));
};

/** Normal with mean 0 and the given standard deviation. */
export const normal =
  (deviation: number): Initializer =>
  (shape, random) =>
    fill(shape, () => deviation * random.normal());

/** As another initializer, but with one row of zeros. */
export const withZeroRow =
  (initializer: Initializer, row: number): Initializer =>
  (shape, random) => {
    const width = shape[1]!;
    return initializer(shape, random).fill(0, row * width, (row + 1) * width);
  };
