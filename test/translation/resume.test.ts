import { appendFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openModel } from "../../src/hub/node.ts";
import type { RecipeInput } from "../../src/translation/recipe.ts";
import { trainTranslator } from "../../src/translation/train-translator.ts";
import { heedError } from "../hub/errors.ts";
import { withoutBytes } from "../text/without-bytes.ts";
import { numbersOf } from "../train/toy.ts";
import { fileOf, metricsOf, names, pointers, temporaryFolder, trainAll } from "./small.ts";
import { smallRecipe } from "./small-recipe.ts";

describe("a training in a folder that was stopped", () => {
  it("goes on as if it had not been, to the bit", async () => {
    const folder = temporaryFolder();
    const recipe = smallRecipe(folder, { maxSteps: 12, evaluateEvery: 4, averageLast: 2 });
    const [whole, run] = [join(folder, "whole"), join(folder, "run")];
    const reference = await trainAll(recipe, { folder: whole });
    for await (const event of trainTranslator(recipe, { folder: run, threads: 1 })) {
      if (event.type === "step" && event.step === 6) break;
    }
    const { latest } = pointers(run);
    expect(Number(latest.slice(5, 11))).toBeGreaterThanOrEqual(6);
    const rest = await trainAll(undefined, { folder: run, resume: true });
    expect(rest[0]).toMatchObject({ type: "start", step: Number(latest.slice(5, 11)) });
    expect(numbersOf(metricsOf(run))).toEqual(numbersOf(reference));
    expect(names(run)).toEqual(names(whole));
    expect(pointers(run)).toEqual(pointers(whole));
    for (const checkpoint of names(whole)) {
      const averaged = checkpoint.endsWith("averaged");
      for (const file of ["model.safetensors", ...(averaged ? [] : ["training/optimizer.safetensors"])]) {
        expect(fileOf(run, checkpoint, file).equals(fileOf(whole, checkpoint, file)), `${checkpoint}/${file}`).toBe(
          true,
        );
      }
    }
    // The average has the parameters of the last scheduled checkpoints, not of the stop.
    expect(names(whole)).toContain("step-000012-averaged");
  });

  it("goes on with the spellings of its epoch, where merges drop out", async () => {
    const folder = temporaryFolder();
    const small = smallRecipe(folder, { maxSteps: 12, evaluateEvery: 6, maxTokens: 1500, validationBleu: null });
    const recipe = { ...small, tokenizer: { ...small.tokenizer, dropout: 0.3 } };
    const [whole, run, plain] = [join(folder, "whole"), join(folder, "run"), join(folder, "plain")];
    const reference = await trainAll(recipe, { folder: whole });
    for await (const event of trainTranslator(recipe, { folder: run, threads: 1 })) {
      if (event.type === "step" && event.step === 7) break;
    }
    await trainAll(undefined, { folder: run, resume: true });
    const epochs = metricsOf(run).flatMap((event) => (event.type === "step" ? [event.epoch] : []));
    expect(epochs[6]).toBeGreaterThan(epochs[0]!);
    expect(numbersOf(metricsOf(run))).toEqual(numbersOf(reference));
    const { latest } = pointers(whole);
    const weights = fileOf(whole, latest, "model.safetensors");
    expect(fileOf(run, latest, "model.safetensors").equals(weights)).toBe(true);
    await trainAll(small, { folder: plain });
    expect(fileOf(plain, latest, "model.safetensors").equals(weights)).toBe(false);
  });

  it("goes on as a changed recipe says, which becomes the run's", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const small = smallRecipe(folder, { maxSteps: 3, evaluateEvery: 3, validationBleu: null });
    const longer = { ...small, train: { ...small.train, maxSteps: 5 } };
    await trainAll(small, { folder: run });
    const events = await trainAll(longer, { folder: run, resume: true });
    expect(events[0]).toMatchObject({ type: "start", step: 3, totalSteps: 5 });
    expect(events.at(-1)).toMatchObject({ type: "end", step: 5, reason: "finished" });
    const saved = () => JSON.parse(readFileSync(join(run, "recipe.json"), "utf8"));
    expect(saved().train.maxSteps).toBe(5);
    const wider = { ...longer, model: { ...longer.model, dModel: 32 } } as RecipeInput;
    const error = { code: "CHECKPOINT_MISMATCH", path: "model.dModel" };
    await expect(trainAll(wider, { folder: run, resume: true })).rejects.toMatchObject(error);
    expect(saved().model.dModel).toBe(16);
    const other = { ...longer, tokenizer: { ...longer.tokenizer, lowercase: true } } as RecipeInput;
    const changed = { code: "CHECKPOINT_MISMATCH", path: "tokenizer.lowercase" };
    await expect(trainAll(other, { folder: run, resume: true })).rejects.toMatchObject(changed);
    expect(saved().tokenizer.lowercase).toBe(false);
    const dropping = { ...longer, tokenizer: { ...longer.tokenizer, dropout: 0.1 } } as RecipeInput;
    expect((await trainAll(dropping, { folder: run, resume: true })).at(-1)).toMatchObject({ reason: "finished" });
  });

  it("keeps the tokenizer that it began with, though one would be learned otherwise by now", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const small = smallRecipe(folder, { maxSteps: 2, evaluateEvery: 2, validationBleu: null });
    await trainAll(small, { folder: run });
    const tokenizerAt = (step: number) => join(run, "checkpoints", `step-00000${step}`, "tokenizer.json");
    withoutBytes(tokenizerAt(2));
    const longer = { ...small, train: { ...small.train, maxSteps: 4 } };
    expect((await trainAll(longer, { folder: run, resume: true })).at(-1)).toMatchObject({ step: 4 });
    const [before, after] = [2, 4].map((step) => JSON.parse(readFileSync(tokenizerAt(step), "utf8")));
    expect(before.model.byte_fallback).toBe(false);
    expect(after).toEqual(before);
  });

  it("begins its epoch anew where batches are made otherwise, and counts steps by them", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const limits = { maxSteps: null, maxEpochs: 1, evaluateEvery: 1000, validationBleu: null, accumulate: 1 };
    const small = smallRecipe(folder, { ...limits, maxTokens: 400 });
    for await (const event of trainTranslator(small, { folder: run, threads: 1 })) {
      if (event.type === "step" && event.step === 2) break;
    }
    const stopped = Number(pointers(run).latest.slice(5, 11));
    const other = { ...small, tokenizer: { ...small.tokenizer, dropout: 0.3 } };
    const events = await trainAll(other, { folder: run, resume: true });
    const { totalSteps } = events[0] as { totalSteps: number };
    expect(events.at(-1)).toMatchObject({ type: "end", step: stopped + totalSteps, reason: "finished" });
    // An epoch that is over is not begun again.
    const again = await trainAll(small, { folder: run, resume: true });
    expect(again.map(({ type }) => type)).toEqual(["start", "end"]);
  });

  it("before its first checkpoint begins again", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const recipe = smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2 });
    for await (const event of trainTranslator(recipe, { folder: run, threads: 1 })) if (event.type === "prepare") break;
    expect(existsSync(join(run, "checkpoints.json"))).toBe(false);
    const events = await trainAll(undefined, { folder: run, resume: true });
    expect(events[0]).toMatchObject({ type: "start", step: 0 });
    expect(events.at(-1)).toMatchObject({ type: "end", step: 4, reason: "finished" });
    expect(numbersOf(metricsOf(run))).toEqual(numbersOf(events));
  });

  it("before its first checkpoint may also be begun anew in the same folder", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const recipe = smallRecipe(folder, { maxSteps: 2 });
    for await (const event of trainTranslator(recipe, { folder: run, threads: 1 })) if (event.type === "prepare") break;
    const events = await trainAll(recipe, { folder: run });
    expect(events.at(-1)).toMatchObject({ step: 2, reason: "finished" });
  });

  it("at a signal says so, and its last checkpoint is where it stood", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const stop = new AbortController();
    const events = [];
    const recipe = smallRecipe(folder, { maxSteps: 500, evaluateEvery: 500 });
    for await (const event of trainTranslator(recipe, { folder: run, threads: 1, signal: stop.signal })) {
      if (event.type === "step" && event.step === 3) stop.abort();
      events.push(event);
    }
    const { step } = events.at(-1) as { step: number };
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "stopped" });
    expect(step).toBeLessThan(100);
    const { latest, best } = pointers(run);
    expect([latest, best]).toEqual([`step-${String(step).padStart(6, "0")}-stopped`, undefined]);
    // Nothing was evaluated yet: the latest stands in for the best.
    await openModel(run);
  });

  it("goes on with a bias of the logits, which nothing trains", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const small = smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2, averageLast: 2, validationBleu: null });
    const recipe = { ...small, model: { ...small.model, finalLogitsBias: true } } as RecipeInput;
    await trainAll(recipe, { folder: run });
    const events = await trainAll(undefined, { folder: run, resume: true });
    expect(events.at(-1)).toMatchObject({ type: "end", step: 4, reason: "finished" });
    expect((await openModel(run)).model.config).toMatchObject({ finalLogitsBias: true });
  });

  it("is refused where its data have changed since", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    await trainAll(smallRecipe(folder, { maxSteps: 2, validationBleu: null }), { folder: run });
    appendFileSync(join(folder, "pairs.tsv"), "He sees all.\tIl voit tout.\n");
    const error = await heedError(() => trainAll(undefined, { folder: run, resume: true }), "CHECKPOINT_MISMATCH");
    expect(error.message).toMatch(/\(170 pairs \w+; validation 10 pairs \w+; now 171 pairs/);
  });

  it("and lost its moments is refused with the name of the file", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    await trainAll(smallRecipe(folder, { maxSteps: 2 }), { folder: run });
    const averaged = join(run, "checkpoints", "step-000009");
    cpSync(join(run, "checkpoints", "step-000002"), averaged, {
      recursive: true,
      filter: (source) => !source.endsWith("optimizer.safetensors"),
    });
    writeFileSync(join(run, "checkpoints.json"), JSON.stringify({ latest: "step-000009" }));
    const error = await heedError(() => trainAll(undefined, { folder: run, resume: true }), "FILE_NOT_FOUND");
    expect(error.message).toContain("training/optimizer.safetensors");
  });
});

describe("what came after the last checkpoint", () => {
  it("is dropped from the metrics, and what a kill cut off", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    await trainAll(smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2, validationBleu: null }), { folder: run });
    const path = join(run, "metrics.jsonl");
    const kept = readFileSync(path, "utf8");
    writeFileSync(path, `${kept}{"type":"step","step":5}\n{"type":"step","st`);
    await trainAll(undefined, { folder: run, resume: true });
    expect(readFileSync(path, "utf8").startsWith(kept)).toBe(true);
    const added = metricsOf(run).slice(kept.trim().split("\n").length);
    expect(added.map(({ type }) => type)).toEqual(["start", "end"]);
  });

  it("is dropped from the metrics where it is done again, such as the evaluation of an average", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const recipe = smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2, averageLast: 2, validationBleu: null });
    const reference = await trainAll(recipe, { folder: run });
    await trainAll(undefined, { folder: run, resume: true });
    expect(numbersOf(metricsOf(run))).toEqual(numbersOf(reference));
  });

  it("goes from the checkpoints too, so that an average is of this run's", async () => {
    const folder = temporaryFolder();
    const [whole, run] = [join(folder, "whole"), join(folder, "run")];
    const recipe = smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2, averageLast: 3, validationBleu: null });
    await trainAll(recipe, { folder: whole });
    // Killed before its second checkpoint was named.
    cpSync(whole, run, { recursive: true });
    const [averaged] = names(whole).filter((name) => name.endsWith("averaged"));
    rmSync(join(run, "checkpoints", averaged!), { recursive: true });
    renameSync(join(run, "checkpoints", "step-000004"), join(run, "checkpoints", "step-000003"));
    writeFileSync(join(run, "checkpoints.json"), '{ "latest": "step-000002", "best": "step-000002" }');
    await trainAll(undefined, { folder: run, resume: true });
    expect(names(run)).toEqual(names(whole));
    expect(fileOf(run, averaged!, "model.safetensors")).toEqual(fileOf(whole, averaged!, "model.safetensors"));
  });

  it("is gone on from where a kill left the first checkpoint without a name", async () => {
    const folder = temporaryFolder();
    const [whole, run] = [join(folder, "whole"), join(folder, "run")];
    const recipe = smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2, validationBleu: null });
    await trainAll(recipe, { folder: whole });
    cpSync(whole, run, { recursive: true });
    rmSync(join(run, "checkpoints", "step-000004"), { recursive: true });
    rmSync(join(run, "checkpoints.json"));
    await heedError(() => trainAll(recipe, { folder: run }), "RUN_EXISTS");
    const [start] = await trainAll(undefined, { folder: run, resume: true });
    expect(start).toMatchObject({ type: "start", step: 2 });
    expect(names(run)).toEqual(names(whole));
    expect(pointers(run)).toEqual(pointers(whole));
    expect(numbersOf(metricsOf(run))).toEqual(numbersOf(metricsOf(whole)));
  });

  it("is kept where nothing names the latest checkpoint: no kill leaves that", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const recipe = smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2, validationBleu: null });
    await trainAll(recipe, { folder: run });
    rmSync(join(run, "checkpoints.json"));
    for (const resume of [true, false]) {
      const start = () => trainAll(resume ? undefined : recipe, { folder: run, resume });
      const error = await heedError(start, "FILE_NOT_FOUND");
      expect(error.message).toContain(
        'checkpoints.json, which names the latest of them. Restore it, such as { "latest": "step-000004" }',
      );
    }
    expect(names(run)).toEqual(["step-000002", "step-000004"]);
  });

  it("leaves the best, which may have been made the latest by hand", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    await trainAll(smallRecipe(folder, { maxSteps: 6, evaluateEvery: 2, validationBleu: null }), { folder: run });
    const best = { latest: "step-000002", best: "step-000004" };
    writeFileSync(join(run, "checkpoints.json"), JSON.stringify(best));
    for await (const event of trainTranslator(undefined, { folder: run, resume: true, threads: 1 })) {
      if (event.type !== "start") continue;
      expect(event.step).toBe(2);
      expect(names(run)).toEqual(["step-000002", "step-000004"]);
    }
  });
});
