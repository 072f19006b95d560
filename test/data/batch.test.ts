import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchPlan, batchCount, batchExamples, planEpoch, realShare } from "../../src/data/index.ts";
import { createRandom } from "../../src/data/random.ts";
import { failure } from "./helpers.ts";

const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })), {
  maxLength: 300,
});
const options = fc.record({
  seed: fc.nat(),
  epoch: fc.nat(100),
  maxTokens: fc.integer({ min: 1, max: 500 }),
  window: fc.integer({ min: 1, max: 400 }),
});

function batchesOf(plan: BatchPlan): number[][] {
  return Array.from({ length: batchCount(plan) }, (_, i) => [...batchExamples(plan, i)]);
}

function paddedTokens(batch: readonly number[], sides: readonly (readonly number[])[]): number {
  return batch.length * sides.reduce((sum, side) => sum + Math.max(...batch.map((i) => side[i]!)), 0);
}

describe("planEpoch", () => {
  it("has every example once, within the budget, and counts tokens rightly", async () => {
    await fc.assert(
      fc.asyncProperty(lengths, options, async (pairs, opts) => {
        const sides = [pairs.map(([source]) => source), pairs.map(([, target]) => target)];
        const plan = await planEpoch(sides, opts);
        const batches = batchesOf(plan);
        expect(batches.flat().sort((a, b) => a - b)).toEqual(pairs.map((_, i) => i));
        let padded = 0;
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          if (batch.length > 1) expect(paddedTokens(batch, sides)).toBeLessThanOrEqual(opts.maxTokens);
          padded += paddedTokens(batch, sides);
        }
        expect(plan.paddedTokens).toBe(padded);
        expect(plan.realTokens).toBe(sides.flat().reduce((sum, length) => sum + length, 0));
      }),
    );
  });

  it("is the same for the same seed and epoch, and another for others", async () => {
    const side = Uint16Array.from({ length: 2000 }, (_, i) => 1 + ((i * 7919) % 50));
    const plan = (seed: number, epoch: number) =>
      planEpoch([side, side], { seed, epoch, maxTokens: 1000, window: 500 });
    expect(await plan(3, 1)).toEqual(await plan(3, 1));
    const orders = [await plan(3, 1), await plan(3, 2), await plan(4, 1)].map(({ order }) => order.join());
    expect(new Set(orders).size).toBe(3);
  });

  it("mixes: an example's place is spread over the whole epoch, and short batches do not come first", async () => {
    const side = Uint16Array.from({ length: 4000 }, (_, i) => 1 + (i % 40));
    const plan = await planEpoch([side, side], { seed: 1, epoch: 0, maxTokens: 800, window: 1000 });
    const meanPlaces = [0, 1, 2, 3].map((quarter) => {
      const places = [...plan.order].flatMap((example, place) => (example >> 10 === quarter ? [place] : []));
      return places.reduce((sum, place) => sum + place, 0) / places.length;
    });
    for (const mean of meanPlaces) expect(mean).toBeGreaterThan(1850);
    for (const mean of meanPlaces) expect(mean).toBeLessThan(2150);
    const oneSide = await planEpoch([side], { seed: 1, epoch: 0, maxTokens: 400, window: 1000 });
    const firstLengths = batchesOf(oneSide).map((batch) => side[batch[0]!]!);
    const falling = firstLengths.filter((length, i) => i > 0 && length < firstLengths[i - 1]!).length;
    expect(falling / firstLengths.length).toBeGreaterThan(0.3);
  });

  it("works on one side, and on none", async () => {
    const plan = await planEpoch([[5, 5, 5, 1, 1, 1]], { seed: 0, epoch: 0, maxTokens: 15 });
    expect(
      batchesOf(plan)
        .map((batch) => batch.sort())
        .sort(),
    ).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(realShare(plan)).toBe(1);
    expect(batchCount(await planEpoch([[], []], { seed: 0, epoch: 0, maxTokens: 1 }))).toBe(0);
  });

  it("refuses what makes no sense", async () => {
    const good = { seed: 0, epoch: 0, maxTokens: 10 };
    await failure("INPUT_INVALID", () => planEpoch([[1, 2], [1]], good));
    await failure("INPUT_INVALID", () => planEpoch([[1]], { ...good, maxTokens: Number.NaN }));
    await failure("INPUT_INVALID", () => planEpoch([[1]], { ...good, window: 0 }));
    await failure("ABORTED", () => planEpoch([[1]], { ...good, signal: AbortSignal.abort() }));
  });
});

describe("createRandom", () => {
  it("is uniform and depends on every seed", () => {
    const counts = new Float64Array(10);
    const below = createRandom(1, 2);
    for (let i = 0; i < 100_000; i++) counts[below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    const first = (...seeds: number[]) => createRandom(...seeds)(2 ** 32);
    expect(new Set([first(1, 2), first(2, 1), first(1, 3), first(2 ** 40, 2), first(-1, 2)]).size).toBe(5);
  });
});
