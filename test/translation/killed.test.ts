import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { difference, savingTraces } from "../../scripts/kill-resume/folders.ts";
import { temporaryFolder } from "./small.ts";

const script = fileURLToPath(new URL("../../scripts/kill-resume.ts", import.meta.url));

describe("a training that is killed", () => {
  it("at any moment goes on from its last checkpoint with the same numbers", async () => {
    const args = ["--import", "tsx", script, "--rounds", "2"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain("Two trainings with the same seed: the same numbers to the bit.");
    expect(stdout.match(/^Round \d: killed .*: the same to the bit$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^2 rounds, \d+ kills: \d+ during a save, \d+ elsewhere\.$/m);
  }, 600_000);
});

describe("what a killed training is compared by", () => {
  let whole: string;
  let run: string;

  beforeEach(() => {
    const folder = temporaryFolder();
    [whole, run] = [join(folder, "whole"), join(folder, "run")];
    for (const name of ["step-000002", "step-000004"]) {
      const training = join(whole, "checkpoints", name, "training");
      mkdirSync(training, { recursive: true });
      writeFileSync(join(training, "..", "model.safetensors"), Uint8Array.of(1, 2, 3));
      writeFileSync(join(training, "progress.json"), '{ "step": 2, "seconds": 3 }');
    }
    writeFileSync(join(whole, "checkpoints.json"), '{ "latest": "step-000004", "best": "step-000002" }');
    writeFileSync(join(whole, "metrics.jsonl"), '{"type":"step","loss":1,"seconds":3}\n{"type":"end","seconds":3}\n');
    cpSync(whole, run, { recursive: true });
  });

  it("leaves out times, and how often it was started", () => {
    writeFileSync(join(run, "checkpoints", "step-000002", "training", "progress.json"), '{"step":2,"seconds":9}');
    writeFileSync(join(run, "metrics.jsonl"), '{"type":"start","step":0}\n{"type":"step","loss":1,"seconds":9}\n');
    expect(difference(run, whole)).toBeUndefined();
  });

  it.each<[string, (run: string) => void, string]>([
    ["a byte", (run) => flip(join(run, "checkpoints/step-000004/model.safetensors")), "byte 2 of 3 is 7, not 3 of 3"],
    ["a number of a step", (run) => writeFileSync(join(run, "metrics.jsonl"), '{"type":"step","loss":2}'), "metrics"],
    [
      "a step too many",
      (run) => writeFileSync(join(run, "metrics.jsonl"), '{"type":"step","loss":1}\n'.repeat(2)),
      "byte",
    ],
    ["a left-over", (run) => writeFileSync(join(run, ".recipe.json.new"), ""), ".recipe.json.new is only in"],
    [
      "a missing file",
      (run) => renameSync(join(run, "checkpoints.json"), `${run}.json`),
      "checkpoints.json is only in",
    ],
  ])("sees %s", (_, change, expected) => {
    change(run);
    expect(difference(run, whole)).toContain(expected);
  });

  it("tells a save from what is none by what is left", () => {
    expect(savingTraces(run, 2)).toEqual([]);
    expect(savingTraces(run, 1)).toEqual([]);
    writeFileSync(join(run, "checkpoints.json"), '{ "latest": "step-000004", "best": "step-000004" }');
    expect(savingTraces(run, 1)).toEqual(["step-000002"]);
    writeFileSync(join(run, "checkpoints.json"), '{ "latest": "step-000002" }');
    expect(savingTraces(run, 2)).toEqual(["step-000004"]);
    mkdirSync(join(run, "checkpoints", ".step-000006.new"));
    expect(savingTraces(run, 2)).toEqual([".step-000006.new", "step-000004"]);
    writeFileSync(join(whole, ".checkpoints.json.new"), "");
    expect(savingTraces(whole, 2)).toEqual([".checkpoints.json.new"]);
    expect(savingTraces(join(run, "none"), 2)).toEqual([]);
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[2] = 7;
  writeFileSync(path, bytes);
}
