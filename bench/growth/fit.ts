import { total } from "../statistics.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** y ≈ intercept + slope · x */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

export interface FittedLine extends Line {
  /** The root of the mean square of the relative errors. */
  readonly residual: number;
}

/**
 * The line whose relative errors, (line − y) / y, are least in squares: small and large values count alike, as they must
 * where x grows by powers of two.
 *
 * @param points At least two, with different x and positive y.
 */
export function fitLine(points: readonly Point[]): FittedLine {
  const weights = points.map(({ y }) => 1 / y ** 2);
  const mean = (of: (point: Point) => number) =>
    total(points.map((point, i) => weights[i]! * of(point))) / total(weights);
  const [x0, y0] = [mean(({ x }) => x), mean(({ y }) => y)];
  const slope = mean(({ x, y }) => (x - x0) * (y - y0)) / mean(({ x }) => (x - x0) ** 2);
  const line = { intercept: y0 - slope * x0, slope };
  const squares = points.map(({ x, y }) => (valueAt(line, x) / y - 1) ** 2);
  return { ...line, residual: Math.sqrt(total(squares) / squares.length) };
}

export const valueAt = ({ intercept, slope }: Line, x: number): number => intercept + slope * x;
