import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compilerMessages } from "../../src/cli/presets/compiler-messages.ts";
import { prepareFolder } from "../../src/cli/quickstart-folder.ts";
import { summarizeRun } from "../../src/cli/run-summary.ts";
import { parseRecipe } from "../../src/translation/parse-recipe.ts";
import { lockRun } from "../../src/translation/run-lock.ts";
import { heedError } from "../hub/errors.ts";
import { MemoryIo } from "./memory-io.ts";

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "heed-folder-"));
  folder = join(parent, "quickstart");
});

afterEach(() => rm(parent, { recursive: true }));

describe("the folder of a quickstart", () => {
  const french = parseRecipe(compilerMessages("fr"));
  const german = parseRecipe(compilerMessages("de"));

  async function leave(files: Readonly<Record<string, unknown>>): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  }

  it("is new at first", async () => {
    expect(await prepareFolder(folder, french, new MemoryIo())).toBe(false);
    expect(await readdir(parent)).toEqual([]);
  });

  it("holds a run to go on with, where one was stopped", async () => {
    await leave({ "recipe.json": french });
    expect(await prepareFolder(folder, french, new MemoryIo())).toBe(true);
    expect(await readdir(parent)).toEqual(["quickstart"]);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["a finished run", { "recipe.json": french, "result.json": {} }],
    ["a run of another recipe", { "recipe.json": german }],
    ["what is no run", { "notes.txt": "mine" }],
  ])("is cleared of %s, which is kept under a free name", async (_, files) => {
    await mkdir(`${folder}-1`);
    await leave(files);
    const io = new MemoryIo();
    expect(await prepareFolder(folder, french, io)).toBe(false);
    expect(await readdir(parent)).toEqual(["quickstart-1", "quickstart-2"]);
    expect(await readdir(`${folder}-2`)).toEqual(Object.keys(files).sort());
    expect(io.err).toBe(`The earlier run is kept as ${folder}-2.\n`);
  });

  it("stays where it is while somebody trains in it", async () => {
    await leave({ "recipe.json": german });
    await using _lock = await lockRun(folder);
    await heedError(() => prepareFolder(folder, french, new MemoryIo()), "RUN_IN_USE");
    expect(await readdir(parent)).toEqual(["quickstart"]);
  });
});

describe("the summary of a run", () => {
  const step = (step: number, seconds: number) => {
    const rest = { loss: 1, tokens: 100, tokensPerSecond: 50 };
    return { type: "step", step, epoch: step, seconds, ...rest };
  };
  const evaluation = (step: number, best: boolean) => {
    const rest = { epoch: step, loss: 1 / step, perplexity: 2, accuracy: 0.5, scores: {} };
    return { type: "evaluation", step, best, ...rest };
  };

  it("is made of its metrics; a line that is cut off or lacks a part is none", async () => {
    const events = [
      { type: "start", step: 0, parameters: 5, device: "cpu" },
      step(1, 2),
      evaluation(1, true),
      step(2, 4),
      evaluation(2, true),
      step(3, 5),
      evaluation(3, false),
      { type: "evaluation", step: 4, best: true },
      { type: "step", step: 4 },
    ];
    await writeFile(
      join(parent, "metrics.jsonl"),
      `${events.map((event) => JSON.stringify(event)).join("\n")}\n{"type":"st`,
    );
    expect(await summarizeRun(parent)).toEqual({
      step: 3,
      epoch: 3,
      seconds: 5,
      tokensPerSecond: 60,
      parameters: 5,
      device: "cpu",
      best: evaluation(2, true),
    });
  });

  it("is nothing where there is no run, or none that has begun", async () => {
    expect(await summarizeRun(folder)).toBeUndefined();
    await writeFile(join(parent, "metrics.jsonl"), "");
    expect(await summarizeRun(parent)).toBeUndefined();
  });
});
