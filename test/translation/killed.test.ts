import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { numbersOf } from "../train/toy.ts";
import { fileOf, metricsOf, names, pointers, smallRecipe, temporaryFolder, trainAll } from "./small.ts";

const script = fileURLToPath(new URL("train-in-process.ts", import.meta.url));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The last step of which a run has told. Its last line may be half written. */
function lastStep(run: string): number {
  try {
    return metricsOf(run).findLast(({ type }) => type === "step")?.step ?? 0;
  } catch {
    return 0;
  }
}

/** Trains in another process, which is killed a moment after a step is done. */
async function trainAndKill(run: string, recipe: string, step: number, moment: number): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", script, run, recipe], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const ended = once(child, "exit");
  while (child.exitCode === null && lastStep(run) < step) await sleep(3);
  await sleep(moment);
  child.kill("SIGKILL");
  const [code, signal] = await ended;
  expect([code, signal], errors).toEqual([null, "SIGKILL"]);
}

describe("a training that is killed", () => {
  it("at any moment goes on from its last checkpoint with the same numbers", async () => {
    const folder = temporaryFolder();
    // A checkpoint every other step: many of the moments lie within its writing.
    const recipe = smallRecipe(folder, { maxSteps: 140, evaluateEvery: 35, saveEvery: 2, validationBleu: null });
    const [whole, run] = [join(folder, "whole"), join(folder, "run")];
    const reference = await trainAll(recipe, { folder: whole });
    const kills: string[] = [];
    for (const [i, target] of [20, 80].entries()) {
      const [step, moment] = [target + Math.floor(40 * Math.random()), 30 * Math.random()];
      kills.push(`${moment.toFixed(1)} ms after step ${step}`);
      await trainAndKill(run, i === 0 ? JSON.stringify(recipe) : "", step, moment);
    }
    const rest = await trainAll(undefined, { folder: run, resume: true });
    expect(rest[0]!.step, kills.join()).toBeGreaterThanOrEqual(78);
    expect(numbersOf(metricsOf(run)), kills.join()).toEqual(numbersOf(reference));
    expect(pointers(run)).toEqual(pointers(whole));
    expect(names(run)).toEqual(names(whole));
    for (const checkpoint of names(whole)) {
      for (const file of ["model.safetensors", "training/optimizer.safetensors"]) {
        expect(fileOf(run, checkpoint, file).equals(fileOf(whole, checkpoint, file)), `${checkpoint}/${file}`).toBe(
          true,
        );
      }
    }
  }, 180_000);
});
