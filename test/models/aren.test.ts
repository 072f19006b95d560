import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createGenerator, generate } from "../../src/generate/index.ts";
import { openModel } from "../../src/hub/node.ts";
import { inspect, teacherForced } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { furthest, row } from "./numbers.ts";

const folder = new URL("../../../shared/data/weights/aren-transliteration/", import.meta.url);
const absent = !existsSync(folder);

describe.skipIf(absent)("a model trained elsewhere (needs ../shared/data/weights/aren-transliteration)", async () => {
  if (absent) return;
  const json = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  const { source, target, joint_offset_of_target: offset } = json("vocab.json");
  const known = json("known_answers.json");
  const words = Object.keys(known).filter((key) => known[key].expected_from_ct2_tests !== undefined);
  const { model } = await openModel(fileURLToPath(folder));
  const runtime = await nativeRuntime({ threads: 1 });
  const generator = createGenerator(model, runtime);
  afterAll(async () => {
    await generator.dispose();
    await runtime.dispose();
  });
  const idsOf = (word: string) => [...word].map((letter) => source.indexOf(letter));
  const lettersOf = (ids: readonly number[]) => ids.slice(0, -1).map((id) => target[id - offset]);

  it("has the encoder states that are known of it", async () => {
    const [word] = words;
    const batch = teacherForced([idsOf(word!)], [[model.config.eosTokenId!]], model.config);
    const states = (await inspect(model, runtime, batch, ["encoder.output"])).get("encoder.output")!;
    expect(furthest(row(states, 0), known.encoder_out_first_position)).toBeLessThan(1e-5);
  });

  it.each([1, 4])("writes the words that are known, with %i beams", async (numBeams) => {
    const results = await generate(generator, words.map(idsOf), { numBeams, maxNewTokens: 20 });
    results.forEach(([best], i) => {
      const answer = known[words[i]!];
      expect(lettersOf(best!.ids)).toEqual(answer.expected_from_ct2_tests);
      const logProb = best!.tokens.reduce((sum, token) => sum + token.logProb, 0);
      expect(logProb).toBeCloseTo(answer.greedy_logprob_sum_float64, 4);
    });
    expect(results.length).toBe(3);
  });
});
