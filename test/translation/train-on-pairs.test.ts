import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectPairs, openCorpus, readTsv, textSource } from "../../src/data/index.ts";
import {
  defineConfig,
  loadTranslator,
  memoryRun,
  type PairsRecipeInput,
  parseRecipe,
  type TranslatorEvent,
  type TranslatorRun,
  trainOnPairs,
  workerRuntime,
} from "../../src/index.ts";
import { heedError } from "../hub/errors.ts";
import { fileOf, metricsOf, pointers, temporaryFolder, trainAll } from "./small.ts";
import { smallRecipe } from "./small-recipe.ts";

/** Trains on pairs that are given, with a runtime of its own. */
async function events(run: Omit<TranslatorRun, "runtime">): Promise<TranslatorEvent[]> {
  await using runtime = await workerRuntime({ threads: 1 });
  const all: TranslatorEvent[] = [];
  for await (const event of trainOnPairs({ ...run, runtime })) all.push(event);
  return all;
}

/** What does not depend on the clock. */
const numbers = (all: readonly TranslatorEvent[]) =>
  all.flatMap((event) => {
    if (event.type === "step") return [[event.step, event.loss, event.gradientNorm]];
    return event.type === "evaluation" ? [[event.step, event.loss, event.scores.bleu]] : [];
  });

describe("a training on pairs that are given", () => {
  it("takes a recipe as a person writes it, and computes what trainTranslator does", async () => {
    const folder = temporaryFolder();
    const written = smallRecipe(folder, { maxSteps: 6, evaluateEvery: 3 });
    await trainAll(written, { folder: join(folder, "run") });
    const expected = numbers(metricsOf(join(folder, "run")));
    const { data: _, ...withoutData } = written;
    for (const recipe of [defineConfig(written), parseRecipe(written), withoutData]) {
      await using data = await openCorpus(parseRecipe(written).data);
      expect(numbers(await events({ recipe, data }))).toEqual(expected);
    }
    expect(expected.length).toBeGreaterThan(7);
  });

  it("leaves in memory the model that trainTranslator would point to on a disk", async () => {
    const folder = temporaryFolder();
    const recipe = smallRecipe(folder, { maxSteps: 6, evaluateEvery: 3, averageLast: 2 });
    await trainAll(recipe, { folder: join(folder, "run") });
    const kept = memoryRun();
    expect(await kept.files.read("config.json")).toBeUndefined();
    await using data = await openCorpus(parseRecipe(recipe).data);
    const saved = (await events({ recipe, data, store: kept.store })).flatMap((event) =>
      event.type === "checkpoint" ? [event.name] : [],
    );
    expect(saved).toEqual(["step-000003", "step-000006", "step-000006-averaged"]);
    for (const name of ["model.safetensors", "config.json", "generation_config.json", "tokenizer.json"]) {
      const onDisk = fileOf(join(folder, "run"), pointers(join(folder, "run")).best!, name);
      expect(Buffer.from((await kept.files.read(name))!).equals(onDisk), name).toBe(true);
    }
    await using translator = await loadTranslator(kept.files, { threads: 1 });
    await using fromDisk = await loadTranslator(join(folder, "run"), { threads: 1 });
    const texts = ["He sees the red house."];
    expect((await translator.translate(texts))[0]![0]!.text).toBe((await fromDisk.translate(texts))[0]![0]!.text);
  });

  it("says every key of the recipe that is wrong", async () => {
    const folder = temporaryFolder();
    const { data: _, ...recipe } = smallRecipe(folder, { maxSteps: 1 });
    const text = readFileSync(join(folder, "pairs.tsv"), "utf8");
    await using train = await collectPairs(readTsv(textSource(text, "the pairs")));
    const refused = async (wrong: object) =>
      heedError(
        () => events({ recipe: { ...recipe, ...wrong } as PairsRecipeInput, data: { train } }),
        "CONFIG_INVALID",
      );
    expect((await refused({ train: { maxEpoch: 3 } })).message).toBe(
      'train.maxEpoch: unknown key; did you mean "maxEpochs"?',
    );
    expect((await refused({ data: { to: 3 } })).message).toBe("data.to: expected text, found 3");
    const unread = await refused({ tokenizer: { path: "runs/first" } });
    expect(unread.message).toContain("tokenizer.path: nothing is read from a disk here.");
    expect(unread.path).toBe("tokenizer.path");
  });
});
