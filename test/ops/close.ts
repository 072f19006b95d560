import { expect } from "vitest";

/** Asserts that no number is off by more than `tolerance` of the largest expected one. */
export function expectClose(
  label: string,
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  tolerance: number,
): void {
  expect(actual.length, `${label}: how many numbers`).toBe(expected.length);
  const wanted = Array.from(expected, Number);
  const scale = Math.max(...wanted.map(Math.abs), 0) || 1;
  const errors = Array.from(actual, (value, i) => Math.abs(Number(value) - wanted[i]!) / scale);
  const worst = errors.findIndex((error) => !(error <= tolerance));
  expect(worst, `${label}: number ${worst} is ${actual[worst]}, not ${wanted[worst]}`).toBe(-1);
}
