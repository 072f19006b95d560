import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TrainEvent } from "../../src/train/index.ts";
import type { RecipeInput } from "../../src/translation/recipe.ts";
import { type TrainTranslatorOptions, trainTranslator } from "../../src/translation/train-translator.ts";

const NOUNS = { house: "maison", table: "table", car: "voiture", door: "porte", apple: "pomme", chair: "chaise" };
const ADJECTIVES = { red: "rouge", small: "petite", old: "vieille", green: "verte", long: "longue", open: "ouverte" };
const VERBS = { sees: "voit", takes: "prend", sells: "vend", finds: "trouve", wants: "veut" };

/** A folder for one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "heed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes some hundred made-up sentence pairs, and gives a recipe that learns them a little in a few seconds. */
export function smallRecipe(folder: string, train: object): RecipeInput {
  const lines: string[] = [];
  for (const [noun, nom] of Object.entries(NOUNS)) {
    for (const [adjective, adjectif] of Object.entries(ADJECTIVES)) {
      for (const [verb, verbe] of Object.entries(VERBS)) {
        lines.push(`He ${verb} the ${adjective} ${noun}.\tIl ${verbe} la ${nom} ${adjectif}.`);
      }
    }
  }
  const path = join(folder, "pairs.tsv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  const width = { dModel: 16, encoderAttentionHeads: 2, decoderAttentionHeads: 2, maxPositionEmbeddings: 32 };
  const depth = { encoderLayers: 1, decoderLayers: 1, encoderFfnDim: 32, decoderFfnDim: 32 };
  return {
    data: { path, split: { validation: 10 } },
    tokenizer: { vocabSize: 90 },
    model: { modelType: "transformer", ...width, ...depth, dropout: 0.2, attentionDropout: 0.1 },
    train: { maxTokens: 200, accumulate: 2, validationBleu: 4, ...train },
    decode: { numBeams: 1 },
  } as RecipeInput;
}

/** Trains in a folder to the end and gives the events of the training itself. */
export async function trainAll(
  recipe: RecipeInput | undefined,
  options: Omit<TrainTranslatorOptions, "threads">,
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
