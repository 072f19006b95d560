import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { summarizeRun } from "../../src/cli/run-summary.ts";
import type { StartEvent, TrainEvent } from "../../src/train/index.ts";
import type { RecipeInput } from "../../src/translation/recipe.ts";
import { numbersOf } from "../train/toy.ts";
import { metricsOf, pointers, temporaryFolder, trainAll } from "./small.ts";
import { smallRecipe } from "./small-recipe.ts";

type Json = Record<string, unknown>;

const startOf = (events: readonly TrainEvent[]) => events.find((event) => event.type === "start") as StartEvent;
const bestsOf = (events: readonly TrainEvent[]) =>
  events.filter((event) => event.type === "evaluation").map(({ best, bestBy }) => [best, bestBy]);

/** A small recipe that leaves open what it may. */
function openRecipe(folder: string, train: object): RecipeInput {
  const { train: small, ...recipe } = smallRecipe(folder, {});
  return { ...recipe, train: { validationBleu: small!.validationBleu, ...train } } as RecipeInput;
}

function change(path: string, by: (json: Json) => Json): void {
  writeFileSync(path, JSON.stringify(by(JSON.parse(readFileSync(path, "utf8")))));
}

const progressOf = (run: string) => join(run, "checkpoints", pointers(run).latest, "training", "progress.json");

describe("settings that a recipe leaves open", () => {
  it("are settled by the data, told, and what they are when they are said", async () => {
    const folder = temporaryFolder();
    const [open, said] = [join(folder, "open"), join(folder, "said")];
    const events = await trainAll(openRecipe(folder, { maxEpochs: 3 }), { folder: open });
    const { settings, totalSteps } = startOf(events);
    const { maxTokens, maxEpochs, schedule, bestBy } = settings;
    expect({ maxTokens, maxEpochs, bestBy }).toEqual({ maxTokens: 512, maxEpochs: 3, bestBy: "bleu" });
    const { warmupSteps } = schedule as { warmupSteps: number };
    expect(warmupSteps).toBeGreaterThanOrEqual(totalSteps! / 10);
    expect(warmupSteps).toBeLessThanOrEqual(totalSteps! / 5);
    // As it was meant: what is open stays open.
    expect(JSON.parse(readFileSync(join(open, "recipe.json"), "utf8")).train).toMatchObject({ maxTokens: null });
    const explicit = openRecipe(folder, { maxEpochs: 3, maxTokens, schedule, bestBy });
    expect(numbersOf(await trainAll(explicit, { folder: said }))).toEqual(numbersOf(events));
  });

  it("stay as they were where the run goes on, though it becomes longer", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const [first] = await trainAll(openRecipe(folder, { maxEpochs: 2 }), { folder: run });
    const [longer] = await trainAll(openRecipe(folder, { maxEpochs: 4 }), { folder: run, resume: true });
    const { settings } = first as StartEvent;
    expect((longer as StartEvent).settings).toEqual({ ...settings, maxEpochs: 4 });
    // Whatever a later version would choose.
    const settled = { maxTokens: 300, maxEpochs: 5, warmupSteps: 7, bestBy: "loss" };
    change(progressOf(run), (progress) => ({ ...progress, settled }));
    const events = await trainAll(openRecipe(folder, {}), { folder: run, resume: true });
    const { maxTokens, maxEpochs, schedule, bestBy } = startOf(events).settings;
    expect({ maxTokens, maxEpochs, bestBy }).toEqual({ maxTokens: 300, maxEpochs: 5, bestBy: "loss" });
    expect(schedule).toMatchObject({ warmupSteps: 7 });
    expect(events.findLast((event) => event.type === "step")!.epoch).toBe(5);
  });
});

describe("BLEU, where it is measured,", () => {
  it("decides which checkpoint is the best, unless the recipe says otherwise", async () => {
    const folder = temporaryFolder();
    for (const [train, by] of [
      [{}, "bleu"],
      [{ bestBy: "loss" }, "loss"],
      [{ validationBleu: null }, "loss"],
    ] as const) {
      const run = join(folder, `${by} ${Object.keys(train)}`);
      const schedule = { type: "constant", peak: 0.02 };
      const recipe = smallRecipe(folder, { maxSteps: 24, evaluateEvery: 4, schedule, ...train });
      const evaluations = (await trainAll(recipe, { folder: run })).filter((event) => event.type === "evaluation");
      /** Up to 1 it says nothing. */
      const beyondChance = ({ scores }: (typeof evaluations)[0]) => Math.max(1, scores.bleu!);
      const order = (a: (typeof evaluations)[0], b: (typeof evaluations)[0]) =>
        (by === "bleu" ? beyondChance(b) - beyondChance(a) : 0) || a.loss - b.loss;
      const [best] = evaluations.toSorted(order);
      expect(pointers(run).best).toBe(`step-${String(best!.step).padStart(6, "0")}`);
      expect((await summarizeRun(run))!.best).toMatchObject({ step: best!.step, bestBy: by });
    }
  });
});

describe("a run that an earlier version began", () => {
  /** Trains, and leaves the run as a version did that judged by the loss and kept one number of the best. */
  async function earlier(folder: string, bleu: number): Promise<{ run: string; recipe: RecipeInput }> {
    const run = join(folder, "run");
    const schedule = { type: "inverseSquareRoot", peak: 0.002, warmupSteps: 40 };
    const said = { bestBy: "loss", schedule };
    const recipe = smallRecipe(folder, { maxSteps: 4, evaluateEvery: 2, ...said });
    await trainAll(recipe, { folder: run });
    change(progressOf(run), ({ settled: _, best, ...progress }) => {
      const { loss, since } = best as { loss: number; since: number };
      return { ...progress, best: { score: -loss, since } };
    });
    const events = metricsOf(run).map((event) => {
      if (event.type === "start") return { ...event, settings: undefined };
      return event.type === "evaluation" ? { ...event, bestBy: undefined, scores: { bleu } } : event;
    });
    writeFileSync(join(run, "metrics.jsonl"), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const { maxTokens, accumulate, validationBleu } = recipe.train!;
    expect(maxTokens).toBe(200);
    return { run, recipe: openRecipe(folder, { accumulate, validationBleu, maxSteps: 8, evaluateEvery: 2 }) };
  }

  it("goes on by its own recipe, and by the loss", async () => {
    const folder = temporaryFolder();
    const { run } = await earlier(folder, 0);
    change(join(run, "recipe.json"), (recipe) => ({ ...recipe, train: { ...(recipe.train as Json), maxSteps: 8 } }));
    const events = await trainAll(undefined, { folder: run, resume: true });
    const whole = smallRecipe(folder, {});
    const reference = await trainAll(
      { ...whole, train: { ...startOf(events).settings, validationBleu: 4 } } as RecipeInput,
      { folder: join(folder, "whole") },
    );
    expect(numbersOf(events)).toEqual(numbersOf(reference).slice(-numbersOf(events).length));
    expect(pointers(run)).toEqual(pointers(join(folder, "whole")));
  });

  it("goes on by a recipe that leaves it open as it was", async () => {
    const folder = temporaryFolder();
    const { run, recipe } = await earlier(folder, 0);
    const events = await trainAll(recipe, { folder: run, resume: true });
    const { maxTokens, schedule, bestBy } = startOf(events).settings;
    expect({ maxTokens, bestBy }).toEqual({ maxTokens: 200, bestBy: "loss" });
    expect(schedule).toMatchObject({ warmupSteps: 40 });
  });

  it("and is judged by BLEU from now on is so by that of its best checkpoint, not by its loss", async () => {
    const folder = temporaryFolder();
    const { run, recipe } = await earlier(folder, 99);
    const { best } = pointers(run);
    const byBleu = { ...recipe, train: { ...recipe.train, bestBy: "bleu", patience: 2 } } as RecipeInput;
    const events = await trainAll(byBleu, { folder: run, resume: true });
    expect(bestsOf(events)).toEqual([
      [false, "bleu"],
      [false, "bleu"],
    ]);
    expect(events.at(-1)).toMatchObject({ type: "end", step: 8 });
    expect(pointers(run).best).toBe(best);
  });

  it("takes the next evaluation for the best where nothing tells of the best so far", async () => {
    const folder = temporaryFolder();
    const { run, recipe } = await earlier(folder, 99);
    writeFileSync(join(run, "metrics.jsonl"), "");
    const events = await trainAll(recipe, { folder: run, resume: true });
    expect(bestsOf(events)[0]).toEqual([true, "loss"]);
  });

  it("is summed up without what it did not keep", async () => {
    const { run } = await earlier(temporaryFolder(), 5);
    const summary = (await summarizeRun(run))!;
    expect(summary.best).toMatchObject({ scores: { bleu: 5 } });
    expect(summary.best).not.toHaveProperty("bestBy");
  });
});
