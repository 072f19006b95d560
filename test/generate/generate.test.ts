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
import type { Runtime } from "../../src/graph/runtime.ts";
import { float32 } from "../../src/graph/tensor-data.ts";
import { scoreSequences } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { marianFolder } from "./marian.ts";
import { randomSequences, smallTransformer } from "./models.ts";
import { counted } from "./runtimes.ts";

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
        expect(ids.indexOf(eosTokenId!)).toBe(finished ? ids.length - 1 : -1);
      }
      const cut = (await generate(generator, sources, { ...mode, maxLength: 4 })).flat();
      expect(Math.max(...cut.map(({ ids }) => ids.length))).toBe(3);
    });
  }

  it("are drawn from all of the most probable ones", async () => {
    for (const [topK, suppressTokens] of [
      [12, [3, 38]],
      [30, []],
    ] as const) {
      const drawn = { doSample: true, temperature: 50, numReturnSequences: 2000, maxNewTokens: 1, seed: 1 };
      const [found] = await generate(generator, [sources[0]!], { ...drawn, topK, suppressTokens: [...suppressTokens] });
      const [scored] = await scoreSequences(model, runtime, [sources[0]!], [[0]], { top: 41 });
      const allowed = scored!.tokens[0]!.top.map(({ id }) => id).filter(
        (id) => ![padTokenId, ...suppressTokens].includes(id),
      );
      expect(new Set(found!.map(({ ids }) => ids[0]))).toEqual(new Set(allowed.slice(0, topK)));
    }
  });

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
    for (const options of [
      { maxNewTokens: 20, top: 3 },
      { maxNewTokens: 20, top: 3, doSample: true, seed: 4 },
    ]) {
      const [found] = await generate(generator, [sources[1]!], options);
      const events: TokenEvent[] = [];
      for await (const event of stream(generator, sources[1]!, options)) events.push(event);
      // Greedy steps are rounded otherwise where they are made together; all others are the same to the bit.
      const close = (logProb: number) => ("doSample" in options ? logProb : expect.closeTo(logProb, 5));
      const expected = found![0]!.tokens.map(({ id, logProb, top }, index) => ({
        ...{ index, id, logProb: close(logProb) },
        top: top.map((token) => ({ ...token, logProb: close(token.logProb) })),
      }));
      expect(events).toEqual(expected);
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
    const scoring = scoreSequences(broken, runtime, [sources[0]!], [[5, 6]]);
    await expect(scoring).rejects.toMatchObject({
      code: "RUNTIME_FAILED",
      message: expect.stringContaining("earlier checkpoint"),
    });
  });
});
