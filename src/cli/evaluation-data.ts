import { refuseBothSides } from "../data/file-format.ts";
import { fileSource } from "../data/files/file-source.ts";
import { readParallel } from "../data/formats/parallel.ts";
import { openCorpus } from "../data/open.ts";
import type { Pair } from "../data/pair.ts";
import { HeedError } from "../error.ts";
import type { TokenizerName } from "../evaluate/index.ts";
import { bleuTokenizer } from "../translation/bleu-tokenizer.ts";
import { parseRecipe } from "../translation/parse-recipe.ts";
import { RunFolder } from "../translation/run-folder.ts";
import type { EvaluateFlags } from "./commands/evaluate.ts";

/** What a model is evaluated on. */
export interface TestSet {
  /** Where it comes from, for people. */
  readonly name: string;
  readonly sources: readonly string[];
  readonly references: readonly string[];
  /** How BLEU splits its language, as far as that is known. */
  readonly tokenizer: TokenizerName;
}

/** The pairs of the two files, or else those that the run held out. */
export async function readTestSet({ model, source, reference }: EvaluateFlags): Promise<TestSet> {
  if (source !== undefined && reference !== undefined) {
    await refuseBothSides([source, reference]);
    const pairs = readParallel(fileSource(source), fileSource(reference));
    return { name: source, tokenizer: "13a", ...(await collected(pairs)) };
  }
  if (source === undefined && reference === undefined) return heldOut(model);
  const missing = source === undefined ? "--source" : "--reference";
  throw new HeedError("USAGE", `${missing} is missing: name both files, or none to take what the run held out.`);
}

async function heldOut(folder: string): Promise<TestSet> {
  const { recipe } = await RunFolder.open(folder, parseRecipe).catch((cause: unknown) => {
    if (!(cause instanceof HeedError) || cause.code !== "FILE_NOT_FOUND") throw cause;
    throw new HeedError("USAGE", `${folder} is no run, so it held nothing out: name --source and --reference.`, {
      cause,
    });
  });
  await using data = await openCorpus(recipe.data);
  if (data.test === undefined) {
    const message = `The data of ${folder} have no test part: name --source and --reference.`;
    throw new HeedError("USAGE", message, { path: folder });
  }
  const name = `the test part of ${folder}`;
  return { name, tokenizer: bleuTokenizer(recipe.data.to), ...(await collected(data.test.pairs())) };
}

async function collected(blocks: AsyncIterable<readonly Pair[]>) {
  const [sources, references]: [string[], string[]] = [[], []];
  for await (const block of blocks) {
    for (const pair of block) {
      sources.push(pair.source);
      references.push(pair.target);
    }
  }
  return { sources, references };
}
