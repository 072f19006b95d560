/**
 * Scores what train.py found, as `bench multi30k` scores. Usage: npx tsx bench/multi30k/search/score.ts FOLDER [de|fr]
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadTokenizer } from "../../../src/text/tokenizer-files.ts";
import { digits, formatTable } from "../../table.ts";
import { openScorer } from "../score.ts";

interface Result {
  readonly recipe: Readonly<Record<string, number>>;
  readonly validationLoss: number;
  /** The ids of each sentence. */
  readonly hypotheses: readonly (readonly number[])[];
}

const [folder = "runs/search", to = "de"] = process.argv.slice(2);
const read = async (name: string) => JSON.parse(await readFile(join(folder, name), "utf8"));
const tokenizer = await loadTokenizer(folder);
const [references, results]: [string[], Result[]] = [await read("references.json"), await read("results.json")];
const score = await openScorer();
const scored = [];
for (const { recipe, validationLoss, hypotheses } of results) {
  const { moses } = await score(to, { hypotheses: hypotheses.map((ids) => tokenizer.decode(ids)), references });
  scored.push({ recipe, validationLoss: Number(validationLoss.toFixed(4)), bleu: Number(moses.toFixed(2)) });
}
await writeFile(join(folder, "scores.json"), `${JSON.stringify(scored, null, 2)}\n`);
const rows = scored.map(({ recipe, validationLoss, bleu }) => [
  Object.entries(recipe)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ") || "the preset",
  digits(validationLoss, 4),
  digits(bleu, 4),
]);
console.log(formatTable([["recipe", "validation loss", "BLEU"], ...rows]));
