import { bleu, chrf } from "../../evaluate/index.ts";
import { bleuTokenizer } from "../../translation/bleu-tokenizer.ts";
import { loadTranslator } from "../../translation/load-translator.ts";
import { translateOptions } from "../decoding.ts";
import { readTestSet, type TestSetFlags } from "../evaluation-data.ts";
import { plural } from "../format.ts";
import { type Io, printJson, printLine, say } from "../io.ts";
import { type DecodingFlags, type DeviceFlags, runtimeOptions, type ScoringFlags } from "../options.ts";
import { scoreAll } from "../score-all.ts";
import { evaluationTable } from "../show/score-line.ts";
import { warnOfSpaces } from "../tokenize-warning.ts";
import { translateAll } from "../translate-all.ts";

export interface EvaluateFlags extends TestSetFlags, DeviceFlags, DecodingFlags, ScoringFlags {
  readonly json?: boolean;
}

export async function evaluate(flags: EvaluateFlags, io: Io): Promise<void> {
  const { lowercase } = flags;
  const { name, sources, references, language } = await readTestSet(flags);
  const tokenize = flags.tokenize ?? bleuTokenizer(language);
  if (flags.tokenize === undefined && language === undefined) warnOfSpaces(references, io);
  await using translator = await loadTranslator(flags.model, runtimeOptions(flags));
  const options = translateOptions(flags);
  // Finds options that are wrong for this model, before there is work.
  await translator.translate([], options);
  // First, for it is quick, and it finds references that are too long.
  const prediction = await scoreAll(translator, sources, references, flags, io);
  const hypotheses = await translateAll(translator, sources, options, io);
  const scores = {
    bleu: bleu(hypotheses, [references], { tokenize, lowercase }),
    chrf: chrf(hypotheses, [references], { lowercase }),
  };
  if (flags.json) return printJson(io, { sentences: sources.length, ...scores, ...prediction });
  say(io, `${plural(sources.length, "sentence")} of ${name}`);
  for (const line of evaluationTable([scores.bleu, scores.chrf], prediction)) await printLine(io, line);
}
