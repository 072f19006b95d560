import { type Command, Option } from "commander";
import { MOST_BEAMS } from "../../generate/limits.ts";
import type { GenerateFlags } from "../actions/generate.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { decimal, deviceOptions, jsonOption, modelOption, wholeNumber } from "../options.ts";

export function generateCommand(io: Io): Command {
  const options = [
    modelOption(),
    new Option(
      "--beam <n>",
      "Hypotheses that beam search keeps; 1 is greedy. Default: what the model's folder says.",
    ).argParser(wholeNumber(1, MOST_BEAMS)),
    new Option("--max-length <n>", "New tokens at most. Default: what the model's folder says, else 100.").argParser(
      wholeNumber(1),
    ),
    new Option("--sample", "Draw tokens at random by their probabilities, in place of the most probable ones."),
    new Option("--temperature <x>", "With --sample: below 1 sharpens, above 1 flattens.").argParser(decimal(0.001)),
    new Option("--seed <n>", "With --sample: the same seed draws the same.").argParser(wholeNumber(0)),
    new Option("--probs", "Below each text, every token with its probability and what else was likely."),
    jsonOption(
      "one object for each prompt, { prompt, generations: [{ text, score, finished, tokens: [{ text, id, probability, logProb }] }] },",
    ),
    ...deviceOptions(),
  ];
  const summary = "Continue texts, or the lines of standard input";
  const description =
    `${summary}: each prompt with what the model writes behind it. ` +
    "On a terminal the text appears as it is written; otherwise a line for each prompt.";
  const examples = [
    'heed generate --model gpt2 "Once upon a time"',
    'heed generate --model gpt2 --probs "The capital of France is"',
    "heed generate --model gpt2 --beam 4 --json < prompts.txt",
  ];
  return command("generate", { summary, description, options, examples })
    .argument("[text...]", "Prompts to continue. Default: the lines of standard input.")
    .action(async (texts: string[], flags: GenerateFlags) => {
      const { generate } = await import("../actions/generate.ts");
      await generate(texts, flags, io);
    });
}
