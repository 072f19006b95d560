import { describe, expect, it } from "vitest";
import { createRandom } from "../src/random.ts";

const COUNT = 100_000;
const draw = (next: () => number) => Float64Array.from({ length: COUNT }, next);
const mean = (numbers: Float64Array) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** The correlation of two lists of numbers; ±0.0032 is its standard deviation where there is none. */
function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = (x: Float64Array, y: Float64Array, m: number, n: number) =>
    mean(x.map((v, i) => (v - m) * (y[i]! - n)));
  return covariance(a, b, meanA, meanB) / Math.sqrt(covariance(a, a, meanA, meanA) * covariance(b, b, meanB, meanB));
}

describe("random numbers", () => {
  it("are the same for the same seed and name", () => {
    const [a, b] = [createRandom(5, "name"), createRandom(5, "name")];
    for (let i = 0; i < 100; i++) expect([a.uniform(), a.normal()]).toEqual([b.uniform(), b.normal()]);
  });

  it("are these on every machine", () => {
    const random = createRandom(1, "encoder");
    expect(Array.from({ length: 3 }, () => random.uniform())).toMatchInlineSnapshot(`
      [
        0.5039477348327637,
        0.2603325843811035,
        0.29914605617523193,
      ]
    `);
  });

  it.each([
    { name: "neighbouring seeds", other: createRandom(2, "weights") },
    { name: "names that differ in a letter", other: createRandom(1, "weighty") },
    { name: "names that differ in order", other: createRandom(1, "weithgs") },
    { name: "no name", other: createRandom(1) },
  ])("are unrelated for $name", ({ other }) => {
    const own = createRandom(1, "weights");
    expect(Math.abs(correlation(draw(own.uniform), draw(other.uniform)))).toBeLessThan(0.013);
  });

  it("are unrelated to those that follow", () => {
    const numbers = draw(createRandom(3, "lag").uniform);
    for (const lag of [1, 2, 3]) {
      expect(Math.abs(correlation(numbers.slice(lag), numbers.slice(0, -lag)))).toBeLessThan(0.013);
    }
  });

  it("uniform: in [0, 1), as many in each tenth", () => {
    const counts = new Array<number>(10).fill(0);
    const numbers = draw(createRandom(4, "uniform").uniform);
    for (const x of numbers) counts[Math.floor(x * 10)]!++;
    expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true);
    const chiSquare = counts.reduce((sum, count) => sum + (count - COUNT / 10) ** 2 / (COUNT / 10), 0);
    expect(chiSquare).toBeLessThan(33.7); // 9 degrees of freedom, p = 1e-4
  });

  it("normal: mean 0, variance 1, and the tails of a normal distribution", () => {
    const numbers = draw(createRandom(5, "normal").normal);
    expect(Math.abs(mean(numbers))).toBeLessThan(4 / Math.sqrt(COUNT));
    expect(Math.abs(mean(numbers.map((x) => x * x)) - 1)).toBeLessThan(4 * Math.sqrt(2 / COUNT));
    expect(Math.abs(mean(numbers.map((x) => x ** 4)) - 3)).toBeLessThan(4 * Math.sqrt(96 / COUNT));
    const beyondTwo = numbers.filter((x) => Math.abs(x) > 2).length / COUNT;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(4 * Math.sqrt(0.0455 / COUNT));
    expect(numbers.every(Number.isFinite)).toBe(true);
  });
});
