import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGenerator, generate } from "../../src/generate/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { openModel } from "../../src/hub/node.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { goldenFolder } from "./golden.ts";
import { goldenContract } from "./golden-contract.ts";

goldenContract("t5", "mt5", "umt5");

/** What Python writes with the golden folders when it writes no padding. */
interface Searches {
  readonly maxNewTokens: number;
  readonly numBeams: number;
  readonly cases: readonly {
    readonly folder: string;
    readonly sources: readonly number[][];
    readonly greedy: readonly { readonly ids: number[] }[];
    readonly beams: readonly { readonly ids: number[]; readonly score: number }[];
  }[];
}

const fixture = new URL("../fixtures/t5-searches.json", import.meta.url);
const { maxNewTokens, numBeams, cases } = JSON.parse(readFileSync(fixture, "utf8")) as Searches;

describe("without padding, as Python goes on", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await nativeRuntime({ threads: 1 });
  });
  afterAll(() => runtime.dispose());

  it.each(cases.map((each) => [each.folder, each] as const))("%s", async (folder, { sources, greedy, beams }) => {
    const { model } = await openModel(join(goldenFolder, folder));
    await using generator = createGenerator(model, runtime);
    const greedily = await generate(generator, sources, { maxNewTokens, numBeams: 1 });
    expect(greedily.map(([best]) => best!.ids)).toEqual(greedy.map(({ ids }) => ids));
    const byBeams = await generate(generator, sources, { maxNewTokens, numBeams });
    expect(byBeams.map(([best]) => best!.ids)).toEqual(beams.map(({ ids }) => ids));
    byBeams.forEach(([best], i) => {
      expect(best!.score).toBeCloseTo(beams[i]!.score, 4);
    });
  });
});
