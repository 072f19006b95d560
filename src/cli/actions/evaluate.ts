import { fileSource } from "../../data/files/file-source.ts";
import { readParallel } from "../../data/formats/parallel.ts";
import { bleu, chrf } from "../../evaluate/index.ts";
import { loadTranslator } from "../../translation/load-translator.ts";
import type { EvaluateFlags } from "../commands/evaluate.ts";
import { translateOptions } from "../decoding.ts";
import { plural } from "../format.ts";
import { type Io, printJson, printLine, say } from "../io.ts";
import { scoreAll } from "../score-all.ts";
import { predictionLines, scoreLine } from "../show/score-line.ts";
import { translateAll } from "../translate-all.ts";

export async function evaluate(flags: EvaluateFlags, io: Io): Promise<void> {
  const { device, threads, tokenize, lowercase } = flags;
  const { sources, references } = await readFiles(flags);
  await using translator = await loadTranslator(flags.model, { device, threads });
  const hypotheses = await translateAll(translator, sources, translateOptions(flags), io);
  const scores = {
    bleu: bleu(hypotheses, [references], { tokenize, lowercase }),
    chrf: chrf(hypotheses, [references], { lowercase }),
  };
  const prediction = await scoreAll(translator, sources, references, flags, io);
  if (flags.json) return printJson(io, { sentences: sources.length, ...scores, ...prediction });
  say(io, `${plural(sources.length, "sentence")} of ${flags.source}`);
  await printLine(io, scoreLine(scores.bleu));
  await printLine(io, scoreLine(scores.chrf));
  for (const line of predictionLines(prediction)) await printLine(io, line);
}

async function readFiles({ source, reference }: EvaluateFlags) {
  const [sources, references]: [string[], string[]] = [[], []];
  for await (const block of readParallel(fileSource(source), fileSource(reference))) {
    for (const pair of block) {
      sources.push(pair.source);
      references.push(pair.target);
    }
  }
  return { sources, references };
}
