import { resolve } from "node:path";
import { cleanCorpus, inspectCorpus, type PairOutput, splitCorpus } from "../../data/index.ts";
import { HeedError } from "../../error.ts";
import { type DataFlags, dataSpec, type FilterFlags, type HeldOutFlags } from "../data-spec.ts";
import { type Io, print, printJson } from "../io.ts";
import { countsText, inspectText } from "../show/data-report.ts";

export interface InspectFlags extends DataFlags {
  readonly json?: boolean;
}

export interface CleanFlags extends InspectFlags, FilterFlags {
  /** One file for both sides, or one for each. */
  readonly output: readonly string[];
}

export interface SplitFlags extends InspectFlags, FilterFlags, HeldOutFlags {
  readonly outDir: string;
  readonly layout: "tsv" | "parallel";
}

export async function inspectData(files: readonly string[], flags: InspectFlags, io: Io): Promise<void> {
  const report = await inspectCorpus(await dataSpec(files, flags));
  await (flags.json ? printJson(io, report) : print(io, inspectText(report)));
}

export async function cleanData(files: readonly string[], flags: CleanFlags, io: Io): Promise<void> {
  const output = pairOutput(flags.output);
  const report = await cleanCorpus(await dataSpec(files, flags), output);
  await (flags.json ? printJson(io, report) : print(io, countsText(report)));
}

export async function splitData(files: readonly string[], flags: SplitFlags, io: Io): Promise<void> {
  const { outDir: folder, layout, config, corpus, validation, test } = flags;
  // A recipe may say it itself, and multi30k has its published parts.
  if (config === undefined && corpus !== "multi30k" && validation === undefined && test === undefined) {
    throw new HeedError("USAGE", "Say how much to hold out, for example --validation 200 --test 200.");
  }
  const parts = await splitCorpus(await dataSpec(files, flags), { folder, layout });
  await (flags.json ? printJson(io, parts) : print(io, countsText(parts)));
}

function pairOutput([first, second, third]: readonly string[]): PairOutput {
  if (first === undefined || third !== undefined) {
    throw new HeedError("USAGE", "--output takes one file, or two: one for each side.");
  }
  if (second !== undefined && resolve(first) === resolve(second)) {
    throw new HeedError("USAGE", "--output names one file twice. Name one for each side.");
  }
  return second === undefined ? { path: first } : { source: first, target: second };
}
