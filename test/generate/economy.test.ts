import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGenerator, type Generation, generate } from "../../src/generate/index.ts";
import { stepsTogether } from "../../src/generate/steps.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { marianFolder } from "./marian.ts";
import { randomSequences } from "./models.ts";
import { busyRuntime, counted } from "./runtimes.ts";

const { model } = await marianFolder();
const sources = randomSequences([4, 11, 2, 7, 9, 3, 20, 5, 6, 1, 12, 8]);
let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime();
});
afterAll(() => runtime.dispose());

describe("generation", () => {
  it("compiles what is used, once", async () => {
    const counting = counted(runtime);
    const lazy = createGenerator(model, counting);
    expect(counting.compiled).toEqual([]);
    await generate(lazy, sources, { maxNewTokens: 3 });
    await Promise.all([generate(lazy, sources, { maxNewTokens: 3 }), generate(lazy, sources, { numBeams: 3 })]);
    expect(counting.compiled).toEqual(["prefill", "greedy", "step"]);
    await lazy.dispose();
    expect(counting.disposed).toEqual(["prefill", "greedy", "step"]);
    await expect(generate(lazy, sources)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  it("copies nothing of the state while beams change places", async () => {
    const counting = counted(runtime);
    await using one = createGenerator(model, counting);
    await generate(one, [sources[0]!], { numBeams: 4, minNewTokens: 20, maxNewTokens: 25 });
    expect(counting.runs.step).toBeGreaterThan(20);
    expect(counting.uploads).toBe(0);
  });

  it("takes finished inputs out of the batch", async () => {
    const counting = counted(runtime);
    await using batched = createGenerator(model, counting);
    const found = await generate(batched, sources, { numBeams: 2, maxNewTokens: 30 });
    expect(new Set(found.map(([best]) => best!.ids.length)).size).toBeGreaterThan(2);
    expect(counting.rows.at(-1)!).toBeLessThan(counting.rows[1]!);
  });

  it("makes greedy steps together, and no more than until every input has ended", async () => {
    await using one = createGenerator(model, runtime);
    const { state } = await one.prefill([sources[0]!]);
    const outputs = { count: 1, renormalize: false, ends: [model.config.eosTokenId!] };
    const { decoderStartTokenId, eosTokenId, padTokenId } = model.config;
    const made = await one.greedySteps(state, [decoderStartTokenId!], outputs, new Set([padTokenId]), 60);
    const ids = made.map(([candidates]) => candidates![0]!.ids[0]);
    expect(ids.indexOf(eosTokenId!)).toBe(ids.length - 1);
    const counting = counted(runtime);
    await using whole = createGenerator(model, counting);
    const [[found]] = (await generate(whole, [sources[0]!])) as [[Generation]];
    expect(found.ids).toEqual(ids);
    expect(counting.runs).toEqual({ prefill: 1, greedy: Math.ceil(ids.length / 16) });
    state.dispose();
  });

  it.each([
    ["a small model, one input", 2.6e6, 1, "cpu", 16],
    ["a small model, a few inputs, that wait for the same memory", 1e7, 4, "cpu", 6],
    ["a small model, a batch", 2.6e6, 32, "cpu", 3],
    ["a small model, a large batch", 2.6e6, 128, "cpu", 1],
    ["a model of which two steps are still short", 2 ** 25, 1, "cpu", 2],
    ["a larger model", 2 ** 25 + 1, 1, "cpu", 1],
    ["a browser, in which rows share nothing", 2.6e6, 8, "wasm", 3],
    ["a GPU", 1000, 1, "webgpu", 1],
  ] as const)("makes few steps in a call: %s", (_, parameters, rows, device, steps) => {
    expect(stepsTogether(parameters, rows, device)).toBe(steps);
  });

  it.each([
    [{ numBeams: 2, minNewTokens: 30, maxNewTokens: 30 }, 29],
    [{ minNewTokens: 30, maxNewTokens: 30 }, 2],
  ] as const)("lets the event loop run between calls, whatever the engine does: %o", async (options, calls) => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await using busy = createGenerator(model, busyRuntime(15));
    await generate(busy, [sources[0]!], options);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(calls);
  });
});
