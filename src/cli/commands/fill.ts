import { type Command, Option } from "commander";
import type { FillFlags } from "../actions/fill.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { deviceOptions, jsonOption, modelOption, wholeNumber } from "../options.ts";

export function fillCommand(io: Io): Command {
  const options = [
    modelOption(),
    new Option("--top <n>", "How many tokens to show for each mask.").argParser(wholeNumber(1, 1000)).default(5),
    jsonOption("one object for each text, { text, masks: [[{ text, id, probability }]] },"),
    ...deviceOptions(),
  ];
  const summary = "Guess the hidden words of texts, or of the lines of standard input";
  const description = `${summary}: the most probable tokens in place of each mask, which is written as the model's tokenizer has it ([MASK], <mask>).`;
  const examples = [
    'heed fill --model bert-base-uncased "Paris is the [MASK] of France."',
    "heed fill --model bert-base-uncased --top 3 --json < texts.txt",
  ];
  return command("fill", { summary, description, options, examples })
    .argument("[text...]", "Texts with masks. Default: the lines of standard input.")
    .action(async (texts: string[], flags: FillFlags) => {
      const { fill } = await import("../actions/fill.ts");
      await fill(texts, flags, io);
    });
}
