import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createGenerator,
  type GenerationOptions,
  generate,
  generationDefaults,
  type SequenceGenerator,
} from "../../src/generate/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { decodingFixture, fixtureSources, marianFolder } from "./marian.ts";

const fixture = decodingFixture();
const sources = fixtureSources(fixture);
const within = (value: number, expected: number) =>
  expect(Math.abs(value - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
let runtime: Runtime;
let generator: SequenceGenerator;
let folderDefaults: GenerationOptions;

beforeAll(async () => {
  runtime = await nativeRuntime();
  const { model, generationConfig } = await marianFolder();
  folderDefaults = generationDefaults(generationConfig, model.config);
  generator = createGenerator(model, runtime);
});
afterAll(async () => {
  await generator.dispose();
  await runtime.dispose();
});

describe("greedy decoding gives what Hugging Face's generate gives", () => {
  for (const { results, max_new_tokens, forced_eos_token_id } of fixture.greedy) {
    it(JSON.stringify({ max_new_tokens, forced_eos_token_id }), async () => {
      const options = { maxNewTokens: max_new_tokens, forcedEosTokenId: forced_eos_token_id };
      const found = await generate(generator, sources, options);
      expect(found.map(([best]) => best!.ids)).toEqual(results.map(({ ids }) => ids));
      found.forEach(([best], row) => {
        best!.tokens.forEach(({ logProb, id }, i) => {
          const forced = forced_eos_token_id !== undefined && i === max_new_tokens - 1;
          if (forced) expect([id, logProb]).toEqual([forced_eos_token_id, 0]);
          else within(logProb, results[row]!.log_probs[i]!);
        });
        expect(best!.finished).toBe(results[row]!.ids.at(-1) === 0);
      });
    });
  }
});

describe("beam search gives what Hugging Face's generate gives", () => {
  for (const { results, ...setting } of fixture.beam) {
    const options: GenerationOptions = {
      numBeams: setting.num_beams,
      maxNewTokens: setting.max_new_tokens,
      lengthPenalty: setting.length_penalty,
      earlyStopping: setting.early_stopping,
      numReturnSequences: setting.num_return_sequences,
      forcedEosTokenId: setting.forced_eos_token_id,
    };

    it(JSON.stringify(setting), async () => {
      const found = await generate(generator, sources, options);
      const ids = (rows: { ids: readonly number[] }[][]) => rows.map((row) => row.map((one) => one.ids));
      expect(ids(found)).toEqual(ids(results));
      found.forEach((row, i) => {
        row.forEach(({ score, tokens }, n) => {
          within(score, results[i]![n]!.score);
          const sum = tokens.reduce((total, { logProb }) => total + logProb, 0);
          within(sum / tokens.length ** setting.length_penalty, score);
        });
      });
    });
  }
});

interface OptionsCase {
  readonly setting: Record<string, unknown>;
  readonly results: { readonly ids: number[]; readonly score: number | null; readonly log_probs: number[] }[][];
}
const optionsFile = new URL("../fixtures/decoding-options.json", import.meta.url);
const { cases }: { cases: OptionsCase[] } = JSON.parse(readFileSync(optionsFile, "utf8"));

describe("the options of a generation_config.json mean what they mean to Hugging Face's generate", () => {
  for (const { setting, results } of cases) {
    it(JSON.stringify(setting), async () => {
      const { suppress_tokens, num_return_sequences = 1, ...stated } = setting;
      const config = Object.fromEntries(Object.entries(stated).map(([key, value]) => [camelCase(key), value]));
      const words = [40, ...((suppress_tokens as number[] | undefined) ?? [])];
      const { model } = generator;
      const options = generationDefaults({ ...config, badWordsIds: words.map((id) => [id]) }, model.config);
      const found = await generate(generator, sources, {
        ...options,
        numReturnSequences: num_return_sequences as number,
      });
      expect(found.map((row) => row.map(({ ids }) => ids))).toEqual(results.map((row) => row.map(({ ids }) => ids)));
      found.flat().forEach(({ score, tokens }, i) => {
        const expected = results.flat()[i]!;
        if (expected.score !== null) within(score, expected.score);
        for (const [t, { logProb }] of tokens.entries()) within(logProb, expected.log_probs[t]!);
      });
    });
  }

  it("are bounded by what the model can", () => {
    const { config } = generator.model;
    const longest = config.maxPositionEmbeddings;
    const bounded = generationDefaults({ maxNewTokens: longest + 1, maxLength: longest + 1 }, config);
    expect(bounded).toMatchObject({ maxNewTokens: longest, maxLength: longest });
    expect(generationDefaults({ maxNewTokens: 3 }, config)).toMatchObject({ maxNewTokens: 3, maxLength: undefined });
  });

  it("those of the folder are its beams, its length and its banned token", () => {
    expect(folderDefaults).toMatchObject({ numBeams: 4, maxLength: 32, suppressTokens: [40] });
  });
});

const camelCase = (key: string) => key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
