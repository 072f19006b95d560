import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SequenceGenerator } from "../../src/generate/generator.ts";
import { createGenerator, type Generation, type GenerationOptions, generate } from "../../src/generate/index.ts";
import { generateInLanes, type Lane } from "../../src/generate/lanes.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { ModelFolder } from "../../src/hub/node.ts";
import type { Ids } from "../../src/inference/sequences.ts";
import { createRandom } from "../../src/random.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Lanes } from "../../src/translation/lanes/lanes.ts";
import { loadTranslator } from "../../src/translation/load-translator.ts";
import { marianFolder, marianPath } from "../generate/marian.ts";
import { integer } from "../generate/models.ts";
import { heedError } from "../hub/errors.ts";

const THREADS = { threads: 2 };
const random = createRandom(1, "lanes");
/** Enough for lanes to be opened, with 4 beams. */
const sources: Ids[] = Array.from({ length: 300 }, () => [
  ...Array.from({ length: integer(random, 1, 9) }, () => integer(random, 1, 40)),
  0,
]);

let runtime: Runtime;
let folder: ModelFolder;
/** The caller's own generator, and how many batches it was given. */
let own: SequenceGenerator;
let batches = 0;

beforeAll(async () => {
  runtime = await nativeRuntime();
  folder = await marianFolder();
  const generator = createGenerator(folder.model, runtime);
  own = {
    model: generator.model,
    runtime,
    defaults: generator.defaults,
    read: (...given) => generator.read(...given),
    step: (...given) => generator.step(...given),
    greedySteps: (...given) => generator.greedySteps(...given),
    dispose: () => generator.dispose(),
    [Symbol.asyncDispose]: () => generator.dispose(),
    prefill(given) {
      batches++;
      return generator.prefill(given);
    },
  };
});
afterAll(async () => {
  await own.dispose();
  await runtime.dispose();
});

/** The same but for roundings: kernels sum in another order where a batch has another size. */
const closeTo = (generations: readonly Generation[][]) =>
  generations.map((best) =>
    best.map(({ score, tokens, ...others }) => ({
      ...others,
      score: expect.closeTo(score, 4),
      tokens: tokens.map((token) => ({ ...token, logProb: expect.closeTo(token.logProb, 4) })),
    })),
  );

/** What was found, and how many batches the caller's own generator decoded. */
async function found(lanes: Lanes, given: readonly Ids[], options: GenerationOptions) {
  batches = 0;
  const generations = await lanes.generate(own, given, options);
  return { generations, batches };
}

async function withLanes(use: (lanes: Lanes) => Promise<void>): Promise<void> {
  const lanes = new Lanes(THREADS);
  try {
    await use(lanes);
  } finally {
    await lanes.dispose();
  }
}

describe("lanes", () => {
  it("find what the caller's own generator finds, in the order given", async () => {
    const options = { numBeams: 4, numReturnSequences: 2, maxNewTokens: 12 };
    const expected = await generate(own, sources, options);
    await withLanes(async (lanes) => {
      expect(await found(lanes, sources, options)).toEqual({ generations: closeTo(expected), batches: 0 });
      const few = await found(lanes, sources.slice(0, 20), options);
      expect(few).toEqual({ generations: closeTo(expected.slice(0, 20)), batches: 0 });
    });
  });

  it("are left out where there is little to do, and for sampling", async () => {
    await withLanes(async (lanes) => {
      expect((await found(lanes, sources.slice(0, 40), { maxNewTokens: 5 })).batches).toBe(1);
      const sampling = { doSample: true, seed: 5, maxNewTokens: 5 };
      const before = await found(lanes, sources, sampling);
      expect((await found(lanes, sources, { numBeams: 4, maxNewTokens: 5 })).batches).toBe(0);
      expect(await found(lanes, sources, sampling)).toEqual(before);
      expect(before.batches).toBeGreaterThan(0);
      expect((await found(lanes, sources.slice(0, 1), { numBeams: 4, maxNewTokens: 5 })).batches).toBe(1);
    });
  });

  it("stop when they are told, and go on with the next call", async () => {
    await withLanes(async (lanes) => {
      const options = { numBeams: 4, maxNewTokens: 5 };
      const expected = await found(lanes, sources, options);
      const stop = new AbortController();
      const stopped = heedError(() => lanes.generate(own, sources, { numBeams: 4, signal: stop.signal }), "ABORTED");
      setTimeout(() => stop.abort(), 5);
      await stopped;
      await heedError(() => lanes.generate(own, sources, { ...options, signal: AbortSignal.abort() }), "ABORTED");
      const { generations, batches } = expected;
      expect(await found(lanes, sources, options)).toEqual({ generations: closeTo(generations), batches });
    });
  });

  it("stop only the call that is told to, of several", async () => {
    await withLanes(async (lanes) => {
      const options = { numBeams: 4, maxNewTokens: 12 };
      const expected = await lanes.generate(own, sources, options);
      const stop = new AbortController();
      const stopped = heedError(() => lanes.generate(own, sources, { ...options, signal: stop.signal }), "ABORTED");
      const goesOn = lanes.generate(own, sources, options);
      setTimeout(() => stop.abort(), 20);
      await stopped;
      expect(await goesOn).toEqual(closeTo(expected));
    });
  });

  it("that cannot open the model leave the work to the caller's own generator", async () => {
    const parameters = new Map([["broken", { dtype: "float32", shape: [2], data: Float32Array.of(1) } as const]]);
    const broken = { ...own, model: { ...own.model, parameters } };
    await withLanes(async (lanes) => {
      batches = 0;
      await lanes.generate(broken, sources, { numBeams: 4, maxNewTokens: 5 });
      expect(batches).toBeGreaterThan(0);
    });
  });

  it("tell of wrong options and sources as `generate` does", async () => {
    await withLanes(async (lanes) => {
      await lanes.generate(own, sources, { numBeams: 4, maxNewTokens: 2 });
      await heedError(() => lanes.generate(own, sources, { numBeams: 4, batchSize: 0 }), "CONFIG_INVALID");
      const error = await heedError(() => lanes.generate(own, [...sources, []], { numBeams: 4 }), "INPUT_INVALID");
      expect(error.message).toContain("index 300");
    });
  });
});

describe("a batch that fails in one lane", () => {
  it("ends the others after their present batch", async () => {
    const done: number[] = [];
    const lane = (fails: boolean): Lane => ({
      async generate(given): Promise<Generation[][]> {
        await new Promise((resolve) => setTimeout(resolve, fails ? 0 : 20));
        if (fails) throw new Error("It broke.");
        done.push(given.length);
        return given.map(() => []);
      },
    });
    const work = generateInLanes([lane(false), lane(true)], folder.model.config, sources, { batchSize: 10 });
    await expect(work).rejects.toThrow("It broke.");
    expect(done).toEqual([10]);
  });
});

describe("a translator with lanes", () => {
  it("translates as without, and names the line of a text that is too long", async () => {
    const texts = Array.from({ length: 300 }, (_, i) => `w${1 + (i % 40)} w${1 + ((i * 7) % 40)}`);
    await using many = await loadTranslator(marianPath, THREADS);
    await using one = await loadTranslator(marianPath, { threads: 1 });
    const options = { numBeams: 4, maxNewTokens: 8 };
    const bestOf = async (translator: typeof many) =>
      (await translator.translate(texts, options)).map(([best]) => best!);
    const expected = (await bestOf(one)).map(({ text, score }) => ({ text, score: expect.closeTo(score, 4) }));
    expect(await bestOf(many)).toMatchObject(expected);
    const error = await heedError(() => many.translate([...texts, "w1 ".repeat(500)], options), "INPUT_TOO_LONG");
    expect(error.line).toBe(301);
  });
});
