import { type Command, Option } from "commander";
import type { EvaluateFlags } from "../actions/evaluate.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { decodingOptions, deviceOptions, jsonOption, modelOption, scoringOptions } from "../options.ts";

export function evaluateCommand(io: Io): Command {
  const options = [
    modelOption(),
    new Option(
      "--source <file>",
      "The sentences to translate, one a line; may be packed with gzip. Default: the test part of the run's own data.",
    ),
    new Option("--reference <file>", "Their reference translations, in the same order."),
    ...decodingOptions(),
    ...scoringOptions("that of the run's target language, else 13a"),
    jsonOption("the scores"),
    ...deviceOptions(),
  ];
  const examples = [
    "heed evaluate --model runs/mine",
    "heed evaluate --model runs/mine --source test.en --reference test.de",
  ];
  const summary = "Translate a file, or what a run held out, and score it";
  const description =
    `${summary}: BLEU and chrF as sacreBLEU computes them, with their signatures; and how well the model predicts ` +
    "the references: perplexity, and the share of tokens that it finds the most probable.";
  return command("evaluate", { summary, description, options, examples }).action(async (flags: EvaluateFlags) => {
    const { evaluate } = await import("../actions/evaluate.ts");
    await evaluate(flags, io);
  });
}
