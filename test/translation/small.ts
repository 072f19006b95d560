import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TrainEvent } from "../../src/train/index.ts";
import type { RecipeInput } from "../../src/translation/recipe.ts";
import { type TrainTranslatorOptions, trainTranslator } from "../../src/translation/train-translator.ts";

/** A folder for one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "heed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Trains in a folder to the end and gives the events of the training itself. */
export async function trainAll(
  recipe: RecipeInput | undefined,
  options: TrainTranslatorOptions,
): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of trainTranslator(recipe, { threads: 1, ...options })) {
    if (event.type !== "prepare") events.push(event);
  }
  return events;
}

export const names = (folder: string): string[] => readdirSync(join(folder, "checkpoints")).sort();
export const pointers = (folder: string): { latest: string; best?: string } =>
  JSON.parse(readFileSync(join(folder, "checkpoints.json"), "utf8"));

/** The bytes of a checkpoint's file. */
export const fileOf = (folder: string, checkpoint: string, name: string): Buffer =>
  readFileSync(join(folder, "checkpoints", checkpoint, name));

/** The events that a run has kept. */
export const metricsOf = (folder: string): TrainEvent[] =>
  readFileSync(join(folder, "metrics.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
