import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createGenerator, generate } from "../../src/generate/index.ts";
import { dataAs, int32 } from "../../src/graph/tensor-data.ts";
import { openModel } from "../../src/hub/node.ts";
import { inspect } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { fusedKernels } from "../generate/family-contract.ts";
import { furthest } from "./numbers.ts";

const folder = new URL("../../../shared/data/weights/stories260K/", import.meta.url);
const absent = !existsSync(folder);

describe.skipIf(absent)("a Llama trained elsewhere (needs ../shared/data/weights/stories260K)", async () => {
  if (absent) return;
  const known = JSON.parse(readFileSync(new URL("known_answers.json", folder), "utf8"));
  const { model } = await openModel(fileURLToPath(folder));
  const runtime = await nativeRuntime({ threads: 1 });
  afterAll(() => runtime.dispose());

  it("tells the story that is known of it", async () => {
    const [bos, ...story] = known.greedy_ids_from_bos;
    await using generator = createGenerator(model, runtime);
    const [hypotheses] = await generate(generator, [[bos]], { maxNewTokens: story.length });
    expect(story.length).toBe(199);
    expect(hypotheses!.map(({ ids }) => ids)).toEqual([story]);
  });

  it("has the logits that are known of it", async () => {
    const { first16: ids, logits_last_pos_of_first_16_ids: expected } = known;
    const found = await inspect(model, runtime, { inputIds: int32([1, ids.length], ids) }, ["logits"]);
    const { vocabSize } = model.config;
    const logits = dataAs(found.get("logits")!, "float32").slice((ids.length - 1) * vocabSize);
    expect(logits.length).toBe(expected.length);
    expect(furthest(logits, expected)).toBeLessThan(1e-4);
  });

  it("is decoded with one kernel for each attention", async () => {
    expect(await fusedKernels(model)).toEqual({ step: { attendHeads: 5 } });
  });
});
