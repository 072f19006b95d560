import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createGenerator,
  type Generation,
  type GenerationOptions,
  generate,
  type SequenceGenerator,
  stream,
  type TokenEvent,
} from "../../src/generate/index.ts";
import { evaluateDim } from "../../src/graph/dim.ts";
import type { Runtime, Value } from "../../src/graph/runtime.ts";
import { arrayTypes, float32, TensorData } from "../../src/graph/tensor-data.ts";
import { scoreSequences } from "../../src/inspect/index.ts";
import { bindSymbols } from "../../src/runtime/bindings.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { marianFolder } from "./marian.ts";
import { randomSequences, smallTransformer } from "./models.ts";

const { model } = await marianFolder();
const { eosTokenId, padTokenId, maxPositionEmbeddings } = model.config;
const sources = randomSequences([4, 11, 2, 7, 9, 3, 20, 5, 6, 1, 12, 8]);
let runtime: Runtime;
let generator: SequenceGenerator;

beforeAll(async () => {
  runtime = await nativeRuntime();
  generator = createGenerator(model, runtime);
});
afterAll(async () => {
  await generator.dispose();
  await runtime.dispose();
});

const idsOf = (found: readonly (readonly Generation[])[]) => found.map((row) => row.map(({ ids }) => ids));

describe("batches", () => {
  const settings: GenerationOptions[] = [
    { maxNewTokens: 30 },
    { maxNewTokens: 30, numBeams: 4, numReturnSequences: 4 },
    { maxNewTokens: 12, numBeams: 3, numReturnSequences: 2, earlyStopping: true, lengthPenalty: 0.6 },
  ];
  for (const options of settings) {
    it(`an input gives the same alone and among others: ${JSON.stringify(options)}`, async () => {
      const together = await generate(generator, sources, options);
      for (const batchSize of [1, 5]) {
        const found = await generate(generator, sources, { ...options, batchSize });
        expect(idsOf(found)).toEqual(idsOf(together));
        found.flat().forEach(({ score }, i) => {
          expect(Math.abs(score - together.flat()[i]!.score)).toBeLessThan(1e-5);
        });
      }
      const backwards = await generate(generator, sources.toReversed(), { ...options, batchSize: 5 });
      expect(idsOf(backwards)).toEqual(idsOf(together).toReversed());
    });
  }

  it("reports what scoring the sequences gives", async () => {
    const found = await generate(generator, sources, { numBeams: 4, numReturnSequences: 4, maxNewTokens: 15 });
    const flat = found.flatMap((row, i) => row.map((generation) => ({ source: sources[i]!, generation })));
    const scored = await scoreSequences(
      model,
      runtime,
      flat.map(({ source }) => source),
      flat.map(({ generation }) => generation.ids),
    );
    flat.forEach(({ generation: { score, tokens } }, i) => {
      tokens.forEach(({ id, logProb }, t) => {
        expect(id).toBe(scored[i]!.tokens[t]!.id);
        expect(Math.abs(logProb - scored[i]!.tokens[t]!.logProb)).toBeLessThan(1e-5);
      });
      expect(Math.abs(score - scored[i]!.logProb / tokens.length)).toBeLessThan(1e-5);
    });
  });

  it("hold inputs that end at different lengths", async () => {
    for (const numBeams of [1, 4]) {
      const lengths = (await generate(generator, sources, { numBeams })).map(([best]) => best!.ids.length);
      expect(new Set(lengths).size).toBeGreaterThan(3);
    }
  });

  it("of no inputs are nothing", async () => {
    expect(await generate(generator, [])).toEqual([]);
  });
});

describe("beam search", () => {
  it("that keeps everything finds the best of all sequences", async () => {
    const small = smallTransformer({ vocabSize: 6, padTokenId: 5, decoderStartTokenId: 5 });
    const source = [1, 3, 2, 0];
    await using exhaustive = createGenerator(small, runtime);
    for (const lengthPenalty of [0, 1, 2.5]) {
      const every = allSequences([1, 2, 3, 4], 4);
      const scored = await scoreSequences(small, runtime, Array(every.length).fill(source), every);
      const ranked = every
        .map((ids, i) => ({ ids, score: scored[i]!.logProb / ids.length ** lengthPenalty }))
        .sort((a, b) => b.score - a.score);
      const options = { numBeams: 400, numReturnSequences: 400, maxNewTokens: 4, lengthPenalty } as const;
      const [found] = await generate(exhaustive, [source], options);
      expect(found!.length).toBe(ranked.length);
      found!.forEach(({ ids, score, finished }, i) => {
        expect(Math.abs(score - ranked[i]!.score)).toBeLessThan(1e-5);
        expect(finished).toBe(ids.at(-1) === 0);
      });
      expect(idsOf([found!])[0]!.slice(0, 10)).toEqual(ranked.slice(0, 10).map(({ ids }) => ids));
    }
  });

  it("of one beam is greedy decoding", async () => {
    const [greedy] = await generate(generator, [sources[3]!], { maxNewTokens: 20 });
    let ids: number[] = [];
    while (ids.length < 20 && ids.at(-1) !== eosTokenId) {
      const [scored] = await scoreSequences(model, runtime, [sources[3]!], [[...ids, 0]], { top: 2 });
      ids = [...ids, scored!.tokens.at(-1)!.top.find(({ id }) => id !== padTokenId)!.id];
    }
    expect(greedy![0]!.ids).toEqual(ids);
  });
});

/** Sequences over the words that end in 0, or are of the longest length. */
function allSequences(words: readonly number[], length: number): number[][] {
  if (length === 1) return [[0], ...words.map((word) => [word])];
  return [[0], ...words.flatMap((word) => allSequences(words, length - 1).map((rest) => [word, ...rest]))];
}

describe("tokens", () => {
  const modes: GenerationOptions[] = [
    {},
    { numBeams: 3 },
    { doSample: true, seed: 3 },
    { doSample: true, seed: 3, topK: 2 },
  ];
  for (const mode of modes) {
    it(`that are suppressed never come: ${JSON.stringify(mode)}`, async () => {
      const free = await generate(generator, sources, { ...mode, maxNewTokens: 15 });
      const used = new Set(free.flat().flatMap(({ ids }) => ids));
      const suppressTokens = [...used].filter((id) => id !== eosTokenId).slice(0, 3);
      const found = await generate(generator, sources, { ...mode, maxNewTokens: 15, suppressTokens });
      const left = new Set(found.flat().flatMap(({ ids }) => ids));
      expect(suppressTokens.length).toBeGreaterThan(0);
      expect([...suppressTokens, padTokenId].filter((id) => left.has(id))).toEqual([]);
    });

    it(`are as many as asked for: ${JSON.stringify(mode)}`, async () => {
      const range = { minNewTokens: 6, maxNewTokens: 9 };
      const found = (await generate(generator, sources, { ...mode, ...range })).flat();
      for (const { ids, finished } of found) {
        expect(ids.length).toBeGreaterThan(6);
        expect(ids.length).toBeLessThanOrEqual(9);
        expect(ids.indexOf(eosTokenId)).toBe(finished ? ids.length - 1 : -1);
      }
      const cut = (await generate(generator, sources, { ...mode, maxLength: 4 })).flat();
      expect(Math.max(...cut.map(({ ids }) => ids.length))).toBe(3);
    });
  }

  it("come with the most probable alternatives", async () => {
    const [[found]] = (await generate(generator, [sources[0]!], { top: 5, maxNewTokens: 6 })) as [[Generation]];
    const [scored] = await scoreSequences(model, runtime, [sources[0]!], [found.ids], { top: 6 });
    found.tokens.forEach(({ id, logProb, top }, i) => {
      expect(top[0]).toEqual({ id, logProb });
      const expected = scored!.tokens[i]!.top.filter((token) => token.id !== padTokenId).slice(0, 5);
      expect(top.map((token) => token.id)).toEqual(expected.map((token) => token.id));
    });
  });
});

describe("stream", () => {
  it("gives each token of what generate finds, one after the other", async () => {
    for (const options of [{ maxNewTokens: 20 }, { maxNewTokens: 20, doSample: true, seed: 4 }]) {
      const [found] = await generate(generator, [sources[1]!], options);
      const events: TokenEvent[] = [];
      for await (const event of stream(generator, sources[1]!, options)) events.push(event);
      expect(events).toEqual(found![0]!.tokens.map((token, index) => ({ index, ...token })));
    }
  });

  it("computes no further than it is read", async () => {
    const counting = counted(runtime);
    await using lazy = createGenerator(model, counting);
    for await (const { index } of stream(lazy, sources[1]!, { minNewTokens: 30 })) if (index === 2) break;
    expect(counting.runs).toEqual({ prefill: 1, step: 3 });
  });

  it("refuses what is not one sequence", async () => {
    for (const options of [{ numBeams: 2 }, { doSample: true, numReturnSequences: 2 }]) {
      await expect(stream(generator, [1], options).next()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    }
  });
});

describe("economy", () => {
  it("compiles what is used, once", async () => {
    const counting = counted(runtime);
    const lazy = createGenerator(model, counting);
    expect(counting.compiled).toEqual([]);
    await generate(lazy, sources, { maxNewTokens: 3 });
    await Promise.all([generate(lazy, sources, { maxNewTokens: 3 }), generate(lazy, sources, { numBeams: 3 })]);
    expect(counting.compiled).toEqual(["prefill", "step"]);
    await lazy.dispose();
    expect(counting.disposed).toEqual(["prefill", "step"]);
    await expect(generate(lazy, sources)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  it("does not copy what rows of one input share while they change places", async () => {
    const counting = counted(runtime);
    await using one = createGenerator(model, counting);
    await generate(one, [sources[0]!], { numBeams: 4, minNewTokens: 20, maxNewTokens: 25 });
    const leaves = 2 * 2 + 1;
    expect(counting.runs.step).toBeGreaterThan(20);
    expect(counting.uploads).toBe(leaves);
  });

  it("takes finished inputs out of the batch", async () => {
    const counting = counted(runtime);
    await using batched = createGenerator(model, counting);
    const found = await generate(batched, sources, { numBeams: 2, maxNewTokens: 30 });
    expect(new Set(found.map(([best]) => best!.ids.length)).size).toBeGreaterThan(2);
    expect(counting.rows.at(-1)!).toBeLessThan(counting.rows[1]!);
  });

  it("lets the event loop run between steps, whatever the engine does", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await using busy = createGenerator(model, busyRuntime(4));
    await generate(busy, [sources[0]!], { maxNewTokens: 30 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

/** A runtime that blocks for some milliseconds, gives no turn to the event loop, and computes zeros. */
function busyRuntime(milliseconds: number): Runtime {
  const dispose = () => Promise.resolve();
  const asValue = (data: TensorData): Value => ({ ...data, read: () => Promise.resolve(data), dispose: () => {} });
  const compile: Runtime["compile"] = async (program) => ({
    program,
    run(feeds) {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      const bound = bindSymbols(
        program.name,
        program.inputs.filter(({ name }) => feeds.has(name)),
        feeds,
      );
      const bindings = new Map([...bound].map(([symbol, { size }]) => [symbol, size]));
      const outputs = [...program.outputs].map(([name, { dtype, shape }]) => {
        const dims = shape.map((dim) => evaluateDim(dim, bindings));
        const data = new arrayTypes[dtype](dims.reduce((a, b) => a * b, 1)).fill((name === "topIds" ? 1 : 0) as never);
        return [name, asValue(new TensorData(dtype, dims, data))] as const;
      });
      return Promise.resolve(new Map(outputs));
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  });
  const upload: Runtime["upload"] = (data) => Promise.resolve(asValue(data));
  return { device: "cpu", compile, upload, dispose, [Symbol.asyncDispose]: dispose };
}

/** A runtime that counts what is asked of it. */
function counted(inner: Runtime) {
  const counts = {
    compiled: [] as string[],
    disposed: [] as string[],
    runs: {} as Record<string, number>,
    rows: [] as number[],
    uploads: 0,
  };
  const compile: Runtime["compile"] = async (program, options) => {
    counts.compiled.push(program.name);
    const executable = await inner.compile(program, options);
    return {
      program,
      run(feeds, runOptions) {
        counts.runs[program.name] = (counts.runs[program.name] ?? 0) + 1;
        if (program.name === "step") counts.rows.push(feeds.get("ids")!.shape[0]!);
        return executable.run(feeds, runOptions);
      },
      dispose() {
        counts.disposed.push(program.name);
        return executable.dispose();
      },
      [Symbol.asyncDispose]: () => executable.dispose(),
    };
  };
  const upload: Runtime["upload"] = (data) => {
    counts.uploads++;
    return inner.upload(data);
  };
  const rest = { device: inner.device, dispose: () => inner.dispose(), [Symbol.asyncDispose]: () => inner.dispose() };
  return Object.assign(counts, { compile, upload, ...rest }) satisfies Runtime;
}

describe("errors", () => {
  const refused: [GenerationOptions, string][] = [
    [{ numBeams: 2, numReturnSequences: 3 }, "numReturnSequences"],
    [{ numBeams: 2, doSample: true }, "numBeams"],
    [{ numBeams: 0 }, "numBeams"],
    [{ temperature: 0 }, "temperature"],
    [{ topP: 1.5 }, "topP"],
    [{ maxNewTokens: maxPositionEmbeddings + 1 }, "maxNewTokens"],
    [{ suppressTokens: [41] }, "suppressTokens"],
    [{ suppressTokens: [...Array(40).keys()] }, "suppressTokens"],
    [{ beams: 3 } as GenerationOptions, ""],
  ];
  for (const [options, path] of refused) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await expect(generate(generator, sources, options)).rejects.toMatchObject({ code: "CONFIG_INVALID", path });
    });
  }

  it("names the input that cannot be read", async () => {
    const cases: [number[], string, RegExp][] = [
      [[], "INPUT_INVALID", /index 1 is empty/],
      [[1, 41], "INPUT_INVALID", /index 1 has the token id 41.* 0 to 40/],
      [Array(33).fill(1), "INPUT_TOO_LONG", /index 1 has 33 tokens.* 32/],
    ];
    for (const [ids, code, message] of cases) {
      const failure = await generate(generator, [[1], ids]).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    }
  });

  it("stops when it is aborted, before or between steps", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const counting = counted(runtime);
    await using aborted = createGenerator(model, counting);
    const running = (async () => {
      for await (const { index } of stream(aborted, [1, 2], { minNewTokens: 30, signal })) {
        if (index === 4) controller.abort();
      }
    })();
    await expect(running).rejects.toMatchObject({ code: "ABORTED" });
    expect(counting.runs.step).toBe(5);
    await expect(generate(aborted, sources, { signal })).rejects.toMatchObject({ code: "ABORTED" });
    expect(counting.runs.prefill).toBe(1);
  });

  it("says that a model is broken where it computes NaN", async () => {
    const path = "decoder.layers.0.feedForwardNorm.weight";
    const broken = { ...model, parameters: new Map(model.parameters).set(path, float32([16], Array(16).fill(NaN))) };
    await using generatorOfBroken = createGenerator(broken, runtime);
    await expect(generate(generatorOfBroken, sources)).rejects.toMatchObject({ code: "RUNTIME_FAILED" });
  });
});
