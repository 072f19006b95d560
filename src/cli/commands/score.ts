import { type Command, Option } from "commander";
import type { Metric, ScoreFlags } from "../actions/score.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { jsonOption, scoringOptions } from "../options.ts";

const metrics: readonly Metric[] = ["bleu", "chrf", "chrf++"];

export function scoreCommand(io: Io): Command {
  const options = [
    new Option(
      "--hypothesis <file>",
      "The translations to score, one a line; may be packed with gzip.",
    ).makeOptionMandatory(),
    new Option(
      "--reference <file...>",
      "Reference translations, one a line; several files for several references of each sentence.",
    ).makeOptionMandatory(),
    new Option("--metric <name>", "What to compute.").choices(metrics).default("bleu"),
    ...scoringOptions("13a"),
    jsonOption("{ name, score, signature }"),
  ];
  const examples = [
    "heed score --hypothesis mine.fr --reference test.fr",
    "heed score --hypothesis mine.zh --reference a.zh b.zh --metric chrf --json",
  ];
  const summary = "Score translations of any system against references";
  const description = `${summary}, as sacreBLEU does: name, score and signature.`;
  return command("score", { summary, description, options, examples }).action(async (flags: ScoreFlags) => {
    const { score } = await import("../actions/score.ts");
    await score(flags, io);
  });
}
