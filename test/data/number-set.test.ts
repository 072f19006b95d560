import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NumberSet } from "../../src/data/number-set.ts";

/** Below this bound lie several blocks of counts. */
const BOUND = 2000;

function expectAll(numbers: readonly number[], bound: number): void {
  const set = new NumberSet(bound, numbers);
  const ascending = [...new Set(numbers)].sort((a, b) => a - b);
  expect(set.size).toBe(ascending.length);
  expect(ascending.map((_, place) => set.at(place))).toEqual(ascending);
}

describe("NumberSet", () => {
  it("finds each number by its place", () => {
    const few = fc.array(fc.nat(BOUND - 1), { maxLength: 40 });
    fc.assert(fc.property(few, (numbers) => expectAll(numbers, BOUND)));
  });

  it("does so where nearly all numbers are in it", () => {
    const missing = fc.array(fc.nat(BOUND - 1), { maxLength: 40 });
    const all = Array.from({ length: BOUND }, (_, number) => number);
    fc.assert(
      fc.property(missing, (out) =>
        expectAll(
          all.filter((number) => !out.includes(number)),
          BOUND,
        ),
      ),
    );
  });

  it("may be empty, and may end in the last bit of a block", () => {
    expectAll([], 0);
    expectAll([], 512);
    expectAll([0, 255, 256, 511], 512);
    expectAll([31], 32);
  });
});
