import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RecipeInput } from "../../src/translation/recipe.ts";

const NOUNS = { house: "maison", table: "table", car: "voiture", door: "porte", apple: "pomme", chair: "chaise" };
const ADJECTIVES = { red: "rouge", small: "petite", old: "vieille", green: "verte", long: "longue", open: "ouverte" };
const VERBS = { sees: "voit", takes: "prend", sells: "vend", finds: "trouve", wants: "veut" };

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
    tokenizer: { vocabSize: 346 },
    model: { modelType: "transformer", ...width, ...depth, dropout: 0.2, attentionDropout: 0.1 },
    train: { maxTokens: 200, accumulate: 2, validationBleu: 4, ...train },
    decode: { numBeams: 1 },
  } as RecipeInput;
}
