import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { difference, pointersOf } from "../../scripts/kill-resume/folders.ts";
import type { HeedError } from "../../src/error.ts";
import { trainTranslator } from "../../src/translation/train-translator.ts";
import { heed, type Ran } from "../cli/memory-io.ts";
import { heedError } from "../hub/errors.ts";
import { temporaryFolder } from "./small.ts";
import { canMount, smallDisk } from "./small-disk.ts";
import { smallRecipe } from "./small-recipe.ts";

const mounts = canMount();
const why = mounts ? "" : " (not run: mounting is not allowed here)";

/** A recipe's file, and a run of it on a disk on which nothing fails. */
async function witness(settings: object): Promise<{ recipe: string; whole: string }> {
  const folder = temporaryFolder();
  const [recipe, whole] = [join(folder, "recipe.yaml"), join(folder, "whole")];
  writeFileSync(recipe, JSON.stringify(smallRecipe(folder, { validationBleu: null, ...settings })));
  expectDone(await heed(["train", recipe, "--out", whole, "--threads", "1"]));
  return { recipe, whole };
}

const resume = (run: string) => heed(["train", run, "--resume", "--threads", "1"]);
const translate = (run: string) => heed(["translate", "--model", run, "He sees the red house.", "--threads", "1"]);

function expectDone({ code, err }: Ran): void {
  expect(code, err).toBe(0);
}

describe.runIf(mounts)(`a disk of one megabyte${why}`, () => {
  it("becomes full: the error says so, the last checkpoint translates, and with more room the run goes on", async () => {
    const { recipe, whole } = await witness({ maxSteps: 14, saveEvery: 1, keepCheckpoints: 99 });
    const disk = smallDisk("size=1m");
    const run = join(disk.folder, "run");
    const { code, err } = await heed(["train", recipe, "--out", run, "--threads", "1"]);
    const { latest } = pointersOf(run)!;
    expect(code).toBe(1);
    expect(err).toMatch(/^error: \S+ cannot be written: the disk is full\. Make room, and try again\.$/m);
    expect(err).toContain(`The last good checkpoint is ${latest}. Go on from there: npx heed train ${run} --resume`);
    expect(err).not.toContain("This is a bug");
    expectDone(await translate(run));
    expect((await resume(run)).err).toContain("the disk is full");
    expect(pointersOf(run)!.latest >= latest).toBe(true);
    expectDone(await translate(run));
    expect(disk.change("size=16m")).toBe(true);
    expectDone(await resume(run));
    expect(difference(run, whole)).toBeUndefined();
  }, 600_000);
});

/** A place that can be made read-only: a file system of its own for root, whom permissions do not bind. */
interface Place {
  readonly folder: string;
  close(): boolean;
  open(): void;
}

function lockablePlace(): Place {
  if (process.getuid?.() === 0) {
    const disk = smallDisk("size=16m");
    return { folder: disk.folder, close: () => disk.change("ro"), open: () => void disk.change("rw") };
  }
  const folder = temporaryFolder();
  const checkpoints = join(folder, "run", "checkpoints");
  mkdirSync(checkpoints, { recursive: true });
  const allow = (mode: number) => {
    for (const path of [folder, join(folder, "run"), checkpoints]) chmodSync(path, mode);
    return true;
  };
  return { folder, close: () => allow(0o555), open: () => void allow(0o755) };
}

const READ_ONLY = /cannot be written: (that file system is read-only|you may not write there)\. /;

describe.runIf(mounts || process.getuid?.() !== 0)(`a read-only folder${why}`, () => {
  it("cannot hold a run, and says so", async () => {
    const { recipe, whole } = await witness({ maxSteps: 1 });
    const place = lockablePlace();
    expect(place.close()).toBe(true);
    for (const out of ["new", "run"]) {
      const { code, err } = await heed(["train", recipe, "--out", join(place.folder, out)]);
      expect([code, READ_ONLY.test(err)], err).toEqual([1, true]);
      expect(err).not.toContain("This is a bug");
    }
    place.open();
    expectDone(await heed(["train", recipe, "--out", join(place.folder, "run"), "--threads", "1"]));
    expect(difference(join(place.folder, "run"), whole)).toBeUndefined();
    place.close();
    expect((await resume(join(place.folder, "run"))).err).toMatch(READ_ONLY);
    expectDone(await translate(join(place.folder, "run")));
    place.open();
  });

  it("that becomes so in a training ends it; what was saved translates, and goes on once it may be written", async () => {
    const { recipe, whole } = await witness({ maxSteps: 60, saveEvery: 2 });
    const place = lockablePlace();
    const run = join(place.folder, "run");
    const events = trainTranslator(JSON.parse(readFileSync(recipe, "utf8")), { folder: run, threads: 1 });
    const error: HeedError = await heedError(async () => {
      for await (const event of events) {
        if (event.type === "step" && event.step === 5) while (!place.close()) await sleep(2);
      }
    }, "FILE_UNWRITABLE");
    expect(error.message).toMatch(READ_ONLY);
    expectDone(await translate(run));
    place.open();
    expectDone(await resume(run));
    expect(difference(run, whole)).toBeUndefined();
  }, 600_000);
});
