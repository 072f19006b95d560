import { join, resolve } from "node:path";
import { multi30k as recipeOf } from "../src/cli/presets/multi30k.ts";
import { openCorpus } from "../src/data/index.ts";
import { HeedError } from "../src/error.ts";
import type { Benchmark, OptionValues, Report } from "./benchmark.ts";
import { dataDirOption, multi30kFolder } from "./data.ts";
import { openScorer, type Scores } from "./multi30k/score.ts";
import { trained } from "./multi30k/training.ts";
import { translated } from "./multi30k/translation.ts";
import { digits, formatTable } from "./table.ts";

export const multi30k: Benchmark = {
  name: "multi30k",
  summary: "training on Multi30k by a paper's recipe, scored as the paper does; stopped, the same command goes on",
  options: {
    to: { type: "string", default: "de", help: "The language to translate into: de or fr." },
    run: { type: "string", help: "The folder of the run; runs/multi30k-en-LANGUAGE unless given." },
    part: {
      type: "string",
      default: "validation,test",
      help: "What to score. Recipes are chosen on validation alone.",
    },
    "data-dir": dataDirOption,
  },
  run,
};

async function run(values: OptionValues, log: (line: string) => void): Promise<Report> {
  const to = values.to;
  if (to !== "de" && to !== "fr") throw new HeedError("USAGE", `--to: expected de or fr, found "${to}".`);
  const folder = resolve(String(values.run ?? `runs/multi30k-en-${to}`));
  const recipe = recipeOf(to);
  const dataDir = multi30kFolder(values);
  const data = { ...recipe.data, ...(dataDir !== undefined && { dataDir }) };
  const score = await openScorer();
  const training = await trained({ ...recipe, data } as typeof recipe, folder, log);
  const model = join(folder, "checkpoints", training.checkpoint);
  await using corpus = await openCorpus(data);
  const scores = [];
  for (const part of String(values.part).split(",")) {
    const pairs = part === "validation" ? corpus.validation : part === "test" ? corpus.test : undefined;
    if (pairs === undefined) throw new HeedError("USAGE", `--part: expected validation or test, found "${part}".`);
    log(`translating ${part}`);
    scores.push({ part, ...(await score(to, await translated(model, pairs, recipe.decode))) });
  }
  return { json: { to, recipe, training, scores }, text: `${formatTraining(training)}\n\n${formatScores(scores)}` };
}

function formatTraining(training: Awaited<ReturnType<typeof trained>>): string {
  const { parameters, step, minutes, reason, checkpoint, evaluations } = training;
  const best = Math.min(...evaluations.map(({ loss }) => loss));
  return [
    `${parameters.toLocaleString("en-US")} parameters, ${step} updates in ${minutes.toFixed(0)} minutes (${reason})`,
    `scored: ${checkpoint}; best validation loss of a single checkpoint ${best.toFixed(3)}`,
  ].join("\n");
}

function formatScores(scores: readonly ({ readonly part: string } & Scores)[]): string {
  const rows = scores.map(({ part, moses, mosesInterval, cased }) => [
    part,
    `${digits(moses, 4)} ± ${digits(mosesInterval, 2)}`,
    digits(cased, 4),
  ]);
  return formatTable([["BLEU", "Moses tokens, lower case", "sacreBLEU 13a, cased"], ...rows]);
}
