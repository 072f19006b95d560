import { fileSource } from "../../data/files/file-source.ts";
import { readLines } from "../../data/formats/lines.ts";
import { HeedError } from "../../error.ts";
import { bleu, chrf } from "../../evaluate/index.ts";
import { type Io, printJson, printLine } from "../io.ts";
import type { ScoringFlags } from "../options.ts";
import { scoreLine } from "../show/score-line.ts";
import { warnOfSpaces } from "../tokenize-warning.ts";

export type Metric = "bleu" | "chrf" | "chrf++";

export interface ScoreFlags extends ScoringFlags {
  readonly hypothesis: string;
  readonly reference: readonly string[];
  readonly metric: Metric;
  readonly json?: boolean;
}

export async function score(flags: ScoreFlags, io: Io): Promise<void> {
  const hypotheses = await linesOf(flags.hypothesis);
  const references = await Promise.all(flags.reference.map(linesOf));
  references.forEach((lines, set) => {
    if (lines.length !== hypotheses.length) throw unequal(flags, set, hypotheses.length, lines.length);
  });
  if (flags.metric === "bleu" && flags.tokenize === undefined) warnOfSpaces(references.flat(), io);
  const result = compute(hypotheses, references, flags);
  await (flags.json ? printJson(io, result) : printLine(io, scoreLine(result)));
}

function compute(hypotheses: string[], references: string[][], { metric, tokenize, lowercase }: ScoreFlags) {
  if (metric === "bleu") return bleu(hypotheses, references, { tokenize, lowercase });
  return chrf(hypotheses, references, { lowercase, wordOrder: metric === "chrf++" ? 2 : 0 });
}

async function linesOf(path: string): Promise<string[]> {
  const all: string[] = [];
  for await (const { lines } of readLines(fileSource(path))) for (const line of lines) all.push(line);
  return all;
}

function unequal({ hypothesis, reference }: ScoreFlags, set: number, expected: number, found: number): HeedError {
  const path = reference[set]!;
  const message = `${hypothesis} has ${expected} lines, but ${path} has ${found}. Line by line they must belong together.`;
  return new HeedError("DATA_INVALID", message, { path, line: Math.min(expected, found) + 1 });
}
