import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { difference, pointersOf } from "../../scripts/kill-resume/folders.ts";
import { HeedError } from "../../src/error.ts";
import { parseRecipe } from "../../src/translation/parse-recipe.ts";
import type { RecipeInput } from "../../src/translation/recipe.ts";
import { RunFolder } from "../../src/translation/run-folder.ts";
import { trainTranslator } from "../../src/translation/train-translator.ts";
import { disk, type Fault } from "./faulty-disk.ts";
import { temporaryFolder, trainAll } from "./small.ts";
import { smallRecipe } from "./small-recipe.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("./faulty-disk.ts")).faultyPromises(await original<typeof import("node:fs/promises")>()),
);
vi.mock("node:fs", async (original) =>
  (await import("./faulty-disk.ts")).faultyFs(await original<typeof import("node:fs")>()),
);
// What the trainings compute is of no matter here.
vi.mock("../../src/train/learner.ts", () => import("./light-learner.ts"));
vi.mock("../../src/runtime/worker/node.ts", () => ({
  workerRuntime: async () => ({ device: "cpu", [Symbol.asyncDispose]: async () => {} }),
}));

/** There are hundreds of trainings: the less they read, the better. */
const PAIRS = 8;

/** Trains three steps with a checkpoint after each, of which the last two stay, and an average. */
interface Scene {
  readonly recipe: RecipeInput;
  readonly run: string;
  /** A run in which nothing failed, and one that kept all its checkpoints. */
  readonly whole: string;
  readonly every: string;
  /** Calls of the disk in a run in which nothing fails. */
  readonly calls: readonly string[];
}

async function setScene(): Promise<Scene> {
  const folder = temporaryFolder();
  const { data, ...rest } = smallRecipe(folder, {
    maxSteps: 3,
    saveEvery: 1,
    keepCheckpoints: 1,
    averageLast: 2,
    accumulate: 1,
  });
  const { path } = data as { path: string };
  writeFileSync(path, readFileSync(path, "utf8").split("\n").slice(0, PAIRS).join("\n"));
  const recipe = { ...rest, data: { path } };
  const [run, whole, every] = ["run", "whole", "every"].map((name) => join(folder, name)) as [string, string, string];
  await trainAll({ ...recipe, train: { ...recipe.train, keepCheckpoints: 9 } }, { folder: every });
  disk.watch(whole);
  onTestFinished(() => disk.watch(""));
  await trainAll(recipe, { folder: whole });
  return { recipe, run, whole, every, calls: disk.calls };
}

/** Trains, or goes on, as far as the disk allows: tells what failed, and the last step that was saved. */
async function trainOn({ recipe, run }: Scene, fault?: Fault): Promise<{ error?: unknown; saved: number }> {
  disk.watch(run, fault);
  const resume = existsSync(join(run, "recipe.json"));
  let saved = 0;
  try {
    for await (const event of trainTranslator(resume ? undefined : recipe, { folder: run, resume })) {
      if (event.type === "checkpoint") saved = event.step;
    }
    return { saved };
  } catch (error) {
    return { error, saved };
  } finally {
    disk.watch("");
  }
}

/** What is left opens, is what it was in a run in which nothing failed, and is as far as the training had saved. */
async function expectIntact({ run, every }: Scene, saved: number): Promise<void> {
  const named = pointersOf(run);
  if (named === undefined) return expect(saved).toBe(0);
  const { checkpoint } = (await (await RunFolder.open(run, parseRecipe)).latest())!;
  expect(checkpoint.progress.step).toBeGreaterThanOrEqual(saved);
  for (const name of readdirSync(join(run, "checkpoints")).filter((name) => !name.startsWith("."))) {
    expect(difference(join(run, "checkpoints", name), join(every, "checkpoints", name))).toBeUndefined();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full. Make room, and try again.",
  EROFS: "that file system is read-only.",
  EACCES: "you may not write there. Change its permissions",
  EIO: "the disk failed. Check it, or choose another place.",
};

/** An error that tells a user what is wrong, where, and what to do. */
function expectClear(error: unknown, { run }: Scene, { code }: Fault): void {
  expect(error).toBeInstanceOf(HeedError);
  const { code: kind, path, message } = error as HeedError;
  expect([kind, message.includes(`${path} cannot be written: ${REASONS[code]}`)], message).toEqual([
    "FILE_UNWRITABLE",
    true,
  ]);
  expect(path!.startsWith(run), path).toBe(true);
}

/** Whether a call only clears away: where it fails, the training need not. */
const clearsAway = (call: string) => call.startsWith("rm ") || /^rename .*\.old$/.test(call);

describe("a disk", () => {
  // What each call leaves is the same whatever the reason is; the messages and what still works are not.
  it.each<[string, Omit<Fault, "from">, number]>([
    ["is full once", { code: "ENOSPC", count: 1 }, 1],
    ["stays full", { code: "ENOSPC", count: Number.POSITIVE_INFINITY, removes: true }, 5],
    ["fails once", { code: "EIO", count: 1 }, 7],
    ["becomes read-only", { code: "EROFS", count: Number.POSITIVE_INFINITY }, 9],
    ["may no longer be written", { code: "EACCES", count: Number.POSITIVE_INFINITY }, 11],
  ])(
    "that %s, at whichever call: a clear error, and the training goes on from there",
    async (_, kind, stride) => {
      const scene = await setScene();
      let failures = 0;
      for (let from = 0; from < scene.calls.length; from += stride) {
        rmSync(scene.run, { recursive: true, force: true });
        const fault = { ...kind, from };
        const { error, saved } = await trainOn(scene, fault);
        if (error !== undefined) expectClear(error, scene, fault);
        else expect(scene.calls[from], `call ${from}`).toSatisfy(clearsAway);
        if (error !== undefined) failures++;
        await expectIntact(scene, saved);
        expect((await trainOn(scene)).error).toBeUndefined();
        expect(difference(scene.run, scene.whole), `after call ${from}: ${scene.calls[from]}`).toBeUndefined();
      }
      expect(failures).toBeGreaterThan((scene.calls.length * 0.8) / stride);
    },
    1_200_000,
  );
});
