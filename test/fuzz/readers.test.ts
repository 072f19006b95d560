import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listedDraw } from "./draw.ts";
import { mutated, outcomeOf } from "./target.ts";
import { targets } from "./targets/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-fuzz-"));
});
afterAll(() => rm(folder, { recursive: true }));

const draws = fc.array(fc.nat(), { minLength: 12, maxLength: 40, size: "max" });

/** Many more cases, larger ones too, and what they take of time and memory: `npx tsx scripts/fuzz.ts`. */
describe.each(targets.map((target) => [target.name, target] as const))("the reader of %s", (_, target) => {
  it("reads what it is for", async () => {
    for (const seed of target.seeds) expect(await outcomeOf(() => target.read(seed, () => 0, folder))).toBe("read");
  });

  it("gives values or a HeedError, however a file was changed", async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(draws, async (numbers) => {
        const draw = listedDraw(numbers);
        const file = mutated(target, draw, 2 ** 12);
        outcomes.add(await outcomeOf(() => target.read(file, draw, folder)));
      }),
      { numRuns: 200 },
    );
    expect(outcomes.size).toBeGreaterThan(1);
  });
});
