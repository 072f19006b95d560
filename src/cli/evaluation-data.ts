import { refuseBothSides } from "../data/file-format.ts";
import { fileSource } from "../data/files/file-source.ts";
import { readParallel } from "../data/formats/parallel.ts";
import { openCorpus } from "../data/open.ts";
import type { Pair } from "../data/pair.ts";
import { HeedError } from "../error.ts";
import { resolveModelFolder, runOfCheckpoint } from "../hub/run-folder.ts";
import { parseRecipe } from "../translation/parse-recipe.ts";
import { RunFolder } from "../translation/run-folder.ts";

/** Which model, and on what. */
export interface TestSetFlags {
  /** The folder of a model or a run. */
  readonly model: string;
  readonly source?: string;
  readonly reference?: string;
}

/** What a model is evaluated on. */
export interface TestSet {
  /** Where it comes from, for people. */
  readonly name: string;
  readonly sources: readonly string[];
  readonly references: readonly string[];
  /** Of the references, as far as the model's run says it. */
  readonly language: string | undefined;
}

/** The pairs of the two files, or else those that the model's run held out. */
export async function readTestSet({ model, source, reference }: TestSetFlags): Promise<TestSet> {
  if ((source === undefined) !== (reference === undefined)) {
    const missing = source === undefined ? "--source" : "--reference";
    throw new HeedError("USAGE", `${missing} is missing: name both files, or none to take what the run held out.`);
  }
  if (source === undefined || reference === undefined) return heldOut(model);
  await refuseBothSides([source, reference]);
  const pairs = readParallel(fileSource(source), fileSource(reference));
  // Whatever is wrong with the run, the files can be translated.
  const run = await runOf(model).catch(() => undefined);
  return { name: source, language: run?.recipe.data.to, ...(await collected(pairs)) };
}

async function heldOut(model: string): Promise<TestSet> {
  const run = await runOf(model);
  if (run === undefined) {
    await resolveModelFolder(model);
    const message = `${model} is no run, nor a checkpoint in one, so it held nothing out: name --source and --reference.`;
    throw new HeedError("USAGE", message, { path: model });
  }
  const { path, recipe } = run;
  await using data = await openCorpus(recipe.data);
  if (data.test === undefined) {
    throw new HeedError("USAGE", `The data of ${path} have no test part: name --source and --reference.`, { path });
  }
  const name = `the test part of ${path}`;
  return { name, language: recipe.data.to, ...(await collected(data.test.pairs())) };
}

/** The run that a folder is, or is a checkpoint of; undefined for other folders. */
async function runOf(folder: string): Promise<RunFolder | undefined> {
  for (const path of [folder, runOfCheckpoint(folder)]) {
    const run = path && (await RunFolder.open(path, parseRecipe).catch(ignoreAbsence));
    if (run) return run;
  }
  return undefined;
}

function ignoreAbsence(cause: unknown): undefined {
  if (!(cause instanceof HeedError) || cause.code !== "FILE_NOT_FOUND") throw cause;
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
