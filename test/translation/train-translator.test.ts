import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Translation } from "../../src/generate/index.ts";
import { loadTranslator } from "../../src/translation/load-translator.ts";
import type { RecipeInput } from "../../src/translation/recipe.ts";
import { trainTranslator } from "../../src/translation/train-translator.ts";
import { heedError } from "../hub/errors.ts";
import { refusedIn } from "./advised.ts";
import { metricsOf, names, pointers, temporaryFolder, trainAll } from "./small.ts";
import { smallRecipe } from "./small-recipe.ts";

describe("a training in a folder", () => {
  it("keeps its recipe, its events and checkpoints that can be opened", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const events = await trainAll(smallRecipe(folder, { maxSteps: 6, evaluateEvery: 3 }), { folder: run });
    expect(metricsOf(run)).toEqual(JSON.parse(JSON.stringify(events)));
    expect(JSON.parse(readFileSync(join(run, "recipe.json"), "utf8")).train).toMatchObject({ maxSteps: 6, seed: 1 });
    expect(names(run)).toEqual(["step-000003", "step-000006"]);
    const evaluations = events.filter((event) => event.type === "evaluation");
    const best = evaluations.reduce((a, b) => (b.loss < a.loss ? b : a)).step;
    expect(pointers(run)).toEqual({ latest: "step-000006", best: `step-00000${best}` });
    for (const { scores } of evaluations) expect(scores.bleu).toBeGreaterThanOrEqual(0);
    await using translator = await loadTranslator(run, { threads: 1 });
    const [[translation]] = (await translator.translate(["He sees the red house."])) as [Translation[]];
    expect(typeof translation!.text).toBe("string");
  });

  it("learns the same from capitals, and is judged the same, where the vocabulary has none", async () => {
    const scores: unknown[] = [];
    for (const lowercase of [false, true]) {
      const folder = temporaryFolder();
      const recipe = smallRecipe(folder, { maxSteps: 200, evaluateEvery: 200 });
      const path = join(folder, "pairs.tsv");
      const text = readFileSync(path, "utf8");
      writeFileSync(path, lowercase ? text.toUpperCase() : text.toLowerCase());
      // The pairs learned from: which ones would be held out depends on their letters.
      const data = { path, validation: { path } };
      const given = { ...recipe, data, tokenizer: { ...recipe.tokenizer, lowercase } };
      const events = await trainAll(given, { folder: join(folder, "run") });
      scores.push(events.flatMap((event) => (event.type === "evaluation" ? [event.scores.bleu] : [])));
    }
    expect(scores[1]).toEqual(scores[0]);
    expect((scores[0] as number[])[0]).toBeGreaterThan(0);
  });

  it("is judged by the beginning of a validation text that is too long for the model", async () => {
    const folder = temporaryFolder();
    const recipe = smallRecipe(folder, { maxSteps: 2 });
    const long = join(folder, "long.tsv");
    writeFileSync(long, `He sees the red house.\tIl voit la maison rouge.\n${"a ".repeat(200)}\t${"b ".repeat(200)}\n`);
    const data = { path: join(folder, "pairs.tsv"), validation: { path: long } };
    const events = await trainAll({ ...recipe, data }, { folder: join(folder, "run") });
    expect(events.filter(({ type }) => type === "evaluation")).not.toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: "end", step: 2 });
  });

  it("can be gone on with from another folder than the one that its paths start from", async () => {
    const folder = temporaryFolder();
    const recipe = { ...smallRecipe(folder, { maxSteps: 2 }), data: { path: "pairs.tsv", split: { validation: 10 } } };
    const run = join(folder, "run");
    await trainAll(recipe, { folder: run, baseDir: folder });
    const saved = JSON.parse(readFileSync(join(run, "recipe.json"), "utf8"));
    expect(saved.data.path).toBe(join(folder, "pairs.tsv"));
    expect((await trainAll(undefined, { folder: run, resume: true })).at(-1)).toMatchObject({ type: "end", step: 2 });
  });

  it("refuses a folder that holds a run, and changes nothing in it", async () => {
    const folder = temporaryFolder();
    const recipe = smallRecipe(folder, { maxSteps: 2 });
    const run = join(folder, "run");
    await trainAll(recipe, { folder: run });
    const before = readFileSync(join(run, "metrics.jsonl"), "utf8");
    const error = await heedError(() => trainAll(recipe, { folder: run }), "RUN_EXISTS");
    expect(error.message).toContain(run);
    expect(readFileSync(join(run, "metrics.jsonl"), "utf8")).toBe(before);
  });

  it("cannot be resumed where there is none, nor begin without a recipe", async () => {
    const folder = temporaryFolder();
    await heedError(() => trainAll(undefined, { folder: join(folder, "none"), resume: true }), "FILE_NOT_FOUND");
    await heedError(() => trainAll(undefined, { folder: join(folder, "none") }), "CONFIG_INVALID");
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it("lets only one training work in a folder", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const recipe = smallRecipe(folder, { maxSteps: 400 });
    const first = trainTranslator(recipe, { folder: run, threads: 1 });
    for await (const event of first) {
      if (event.type !== "step") continue;
      const error = await heedError(() => trainAll(undefined, { folder: run, resume: true }), "RUN_IN_USE");
      expect(error.message).toContain(`process ${process.pid}`);
      await heedError(() => trainAll(recipe, { folder: run }), "RUN_IN_USE");
      break;
    }
    expect(readdirSync(run).filter((name) => name.includes("lock"))).toEqual([]);
  });

  it("goes on only with the model that the run began with, and from a progress that is one", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    await trainAll(smallRecipe(folder, { maxSteps: 2 }), { folder: run });
    const saved = JSON.parse(readFileSync(join(run, "recipe.json"), "utf8"));
    const resume = () => trainAll(undefined, { folder: run, resume: true });
    writeFileSync(join(run, "recipe.json"), JSON.stringify({ ...saved, model: { ...saved.model, dModel: 32 } }));
    expect((await heedError(resume, "CHECKPOINT_MISMATCH")).message).toContain("model.dModel");
    writeFileSync(join(run, "recipe.json"), JSON.stringify(saved));
    const progress = join(run, "checkpoints", pointers(run).latest, "training", "progress.json");
    const right = JSON.parse(readFileSync(progress, "utf8"));
    for (const [key, value] of Object.entries({ step: "x", epoch: -1, batch: 0.5, seconds: null, evaluated: "x" })) {
      writeFileSync(progress, JSON.stringify({ ...right, [key]: value }));
      expect((await heedError(resume, "FORMAT_INVALID")).message).toContain(key);
    }
    writeFileSync(progress, JSON.stringify(right));
    expect((await resume()).at(-1)).toMatchObject({ type: "end", step: 2 });
  });

  it("refuses a model that would not fit into memory before its parameters are drawn", async () => {
    const folder = temporaryFolder();
    const small = smallRecipe(folder, { maxSteps: 2 });
    const recipe = { ...small, model: { ...small.model, dModel: 2 ** 16 } } as RecipeInput;
    const error = await heedError(() => trainAll(recipe, { folder: join(folder, "run") }), "MEMORY_LIMIT");
    expect(error.message).toMatch(/To train [\d,]+ parameters takes at least \d+ GiB.* Make the model smaller/);
  });

  it.each([
    ["patience", { patience: 2 }],
    ["bestBy", { bestBy: "bleu" }],
  ])("refuses %s without validation pairs", async (key, settings) => {
    const folder = temporaryFolder();
    const recipe = smallRecipe(folder, { maxSteps: 2, ...settings });
    const { path } = recipe.data as { path: string };
    const run = { folder: join(folder, "run") };
    const error = await heedError(() => trainAll({ ...recipe, data: { path } }, run), "CONFIG_INVALID");
    expect(error.path).toBe(`train.${key}`);
    expect(refusedIn(error.message)).toEqual([]);
    const nothing = { ...recipe, data: { path, split: { validation: "0.000001%" } } } as const;
    await heedError(() => trainAll(nothing, { folder: join(folder, "other") }), "DATA_INVALID");
  });

  it.skipIf(process.platform !== "linux")("ends where the system makes no folders", async () => {
    const folder = temporaryFolder();
    const wrong = smallRecipe(folder, { bestBy: "blue" });
    await heedError(() => trainAll(wrong, { folder: "/proc/heed/run" }), "CONFIG_INVALID");
    const recipe = smallRecipe(folder, { maxSteps: 1 });
    await heedError(() => trainAll(recipe, { folder: "/proc/heed/run" }), "FILE_UNWRITABLE");
  });

  it("keeps as many of the last checkpoints as are asked for, beside the best", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const schedule = { type: "linear", peak: 1, warmupSteps: 6 };
    const train = { maxSteps: 6, evaluateEvery: 1, keepCheckpoints: 2, validationBleu: null, schedule };
    const events = await trainAll(smallRecipe(folder, train), { folder: run });
    const evaluations = events.filter((event) => event.type === "evaluation");
    const best = evaluations.reduce((a, b) => (b.loss < a.loss ? b : a)).step;
    expect(best).toBeLessThan(5);
    expect(names(run)).toEqual([`step-00000${best}`, "step-000005", "step-000006"]);
    expect(pointers(run)).toEqual({ latest: "step-000006", best: `step-00000${best}` });
  });
});

describe("a folder with files that are not a run's", () => {
  it.each([
    ["recipe.json", '{ "data": { "path": "pairs.tsv" } }'],
    ["recipe.json", '{ "cake": 1 }'],
    ["metrics.jsonl", '{"loss":1}\n'],
  ])("is left alone: %s %s", async (name, content) => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    mkdirSync(run);
    writeFileSync(join(run, name), content);
    const start = () => trainAll(smallRecipe(folder, { maxSteps: 2 }), { folder: run });
    const error = await heedError(start, "FILE_UNWRITABLE");
    expect(error.message).toContain(`${join(run, name)} is no file of a run`);
    expect(readdirSync(run)).toEqual([name]);
    expect(readFileSync(join(run, name), "utf8")).toBe(content);
  });
});
