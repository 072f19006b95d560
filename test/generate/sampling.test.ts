import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGenerator, type GenerationOptions, generate, type SequenceGenerator } from "../../src/generate/index.ts";
import { samplingDistribution } from "../../src/generate/sampling.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { scoreSequences } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { randomSequences, smallTransformer } from "./models.ts";

interface Case {
  readonly temperature: number;
  readonly top_k: number | null;
  readonly top_p: number;
  readonly log_probs: number[];
  readonly probabilities: number[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL("../fixtures/sampling.json", import.meta.url), "utf8")).cases;

describe("the distribution that is drawn from is that of Hugging Face's warpers", () => {
  for (const { log_probs, probabilities, ...setting } of cases) {
    it(JSON.stringify({ ...setting, vocabulary: log_probs.length }), () => {
      const order = [...log_probs.keys()].sort((a, b) => log_probs[b]! - log_probs[a]!);
      const ids = Int32Array.from(order);
      const logProbs = Float32Array.from(order, (id) => log_probs[id]!);
      const options = { temperature: setting.temperature, topK: setting.top_k ?? undefined, topP: setting.top_p };
      const all = setting.top_k === null ? Float32Array.from(log_probs) : undefined;
      const found = samplingDistribution({ ids, logProbs, all }, options);
      const dense = new Array(log_probs.length).fill(0);
      found.ids.forEach((id, i) => {
        dense[id] = found.probabilities[i];
      });
      dense.forEach((probability, id) => {
        expect(Math.abs(probability - probabilities[id]!)).toBeLessThan(1e-6);
      });
    });
  }
});

describe("sampling", () => {
  const model = smallTransformer({ vocabSize: 9, padTokenId: 8, decoderStartTokenId: 8 });
  const source = [3, 1, 4, 1, 5, 0];
  const draws = 4000;
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

  /** The probabilities of the first token, computed the naive way from the scores of each token. */
  async function exact(allowed: readonly number[], { temperature = 1, topK = 99, topP = 1 }: GenerationOptions) {
    const scored = await scoreSequences(
      model,
      runtime,
      allowed.map(() => source),
      allowed.map((id) => [id]),
    );
    const weights = scored.map(({ logProb }, i) => ({ id: allowed[i]!, weight: Math.exp(logProb / temperature) }));
    const ranked = weights.sort((a, b) => b.weight - a.weight).slice(0, topK);
    const total = ranked.reduce((sum, { weight }) => sum + weight, 0);
    let before = 0;
    const kept = ranked.filter(({ weight }) => {
      before += weight / total;
      return before - weight / total < topP;
    });
    const left = kept.reduce((sum, { weight }) => sum + weight, 0);
    return new Map(kept.map(({ id, weight }) => [id, weight / left]));
  }

  const settings: [GenerationOptions, number[]][] = [
    [{}, [0, 1, 2, 3, 4, 5, 6, 7]],
    [{ temperature: 0.6 }, [0, 1, 2, 3, 4, 5, 6, 7]],
    [{ temperature: 1.8, topK: 4 }, [0, 1, 2, 3, 4, 5, 6, 7]],
    [{ topP: 0.7 }, [0, 1, 2, 3, 4, 5, 6, 7]],
    [{ temperature: 1.4, topK: 5, topP: 0.8, suppressTokens: [2] }, [0, 1, 3, 4, 5, 6, 7]],
    [{ suppressTokens: [1, 6], minNewTokens: 1 }, [2, 3, 4, 5, 7]],
  ];
  for (const [options, allowed] of settings) {
    it(`draws as often as it should: ${JSON.stringify(options)}`, async () => {
      const sampling = { doSample: true, numReturnSequences: draws, maxNewTokens: 1, seed: 5, ...options };
      const [found] = await generate(generator, [source], sampling);
      const expected = await exact(allowed, options);
      const counts = new Map([...expected.keys()].map((id) => [id, 0]));
      for (const { ids } of found!) counts.set(ids[0]!, (counts.get(ids[0]!) ?? 0) + 1);
      expect([...counts.keys()].sort()).toEqual([...expected.keys()].sort());
      let chiSquare = 0;
      for (const [id, probability] of expected) {
        chiSquare += (counts.get(id)! - draws * probability) ** 2 / (draws * probability);
      }
      const freedom = expected.size - 1;
      // Above mean + 4 standard deviations of χ²: less than once in a thousand right samplers, and the seed is fixed.
      expect(chiSquare).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom) + 1);
    });
  }

  it("draws the second token by the first one", async () => {
    const options = { doSample: true, numReturnSequences: draws, maxNewTokens: 2, seed: 6, suppressTokens: [0] };
    const [found] = await generate(generator, [source], options);
    const pairs = [1, 2, 3, 4, 5, 6, 7].flatMap((a) => [1, 2, 3, 4, 5, 6, 7].map((b) => [a, b]));
    const scored = await scoreSequences(
      model,
      runtime,
      pairs.map(() => source),
      pairs,
    );
    // Suppressed tokens are left out at each step, and what is left adds up to 1 again.
    const weight = (i: number) => Math.exp(scored[i]!.logProb);
    const given = (first: number) => pairs.reduce((sum, [a], i) => sum + (a === first ? weight(i) : 0), 0);
    const firsts = await exact([1, 2, 3, 4, 5, 6, 7], {});
    let chiSquare = 0;
    pairs.forEach(([a, b], i) => {
      const expected = (draws * firsts.get(a!)! * weight(i)) / given(a!);
      const count = found!.filter(({ ids }) => ids[0] === a && ids[1] === b).length;
      chiSquare += (count - expected) ** 2 / expected;
    });
    expect(chiSquare).toBeLessThan(48 + 4 * Math.sqrt(2 * 48));
  });

  it("gives the same for the same seed, whatever the batch, and something else for another", async () => {
    const sources = randomSequences([3, 9, 5, 2, 7]).map((ids) => ids.map((id) => id % 8));
    const options = { doSample: true, numReturnSequences: 3, maxNewTokens: 20, seed: 11 };
    const ids = async (more: GenerationOptions) =>
      (await generate(generator, sources, { ...options, ...more })).map((row) => row.map((found) => found.ids));
    const all = await ids({});
    expect(await ids({ batchSize: 1 })).toEqual(all);
    const more = await ids({ numReturnSequences: 40 });
    expect(more.map((row) => row.length)).toEqual(all.map(() => 40));
    expect(more.map((row) => row.slice(0, 3))).toEqual(all);
    expect(await ids({ seed: 12 })).not.toEqual(all);
    expect(new Set(all.flat().map((sequence) => sequence.join())).size).toBeGreaterThan(10);
  });

  it("draws one token at least, however small the nucleus", async () => {
    for (const options of [{ topK: 1 }, { topK: 5, temperature: 1e308 }, { temperature: 1e308 }]) {
      const [found] = await generate(generator, [source], { doSample: true, topP: 1e-17, seed: 1, ...options });
      expect(found![0]!.ids.length).toBeGreaterThan(0);
    }
  });

  it("reports the model's log-probabilities, whatever the temperature", async () => {
    const options = { doSample: true, maxNewTokens: 12, seed: 2, temperature: 2, top: 3 };
    for (const more of [{}, { topK: 4 }]) {
      const [found] = await generate(generator, [source], { ...options, ...more });
      const { ids, tokens } = found![0]!;
      const [scored] = await scoreSequences(model, runtime, [source], [ids], { top: 4 });
      tokens.forEach(({ logProb, top }, i) => {
        expect(Math.abs(logProb - scored!.tokens[i]!.logProb)).toBeLessThan(1e-5);
        const allowed = scored!.tokens[i]!.top.filter(({ id }) => id !== 8).slice(0, 3);
        expect(top.map(({ id }) => id)).toEqual(allowed.map(({ id }) => id));
      });
    }
  });
});
