import { type Command, Option } from "commander";
import { MOST_BEAMS } from "../../generate/limits.ts";
import type { TranslateFlags } from "../actions/translate.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { decodingOptions, deviceOptions, jsonOption, modelOption, wholeNumber } from "../options.ts";

export function translateCommand(io: Io): Command {
  const options = [
    modelOption(),
    new Option("--from <language>", "The source's language, where the model knows several: en_XX, eng_Latn, en."),
    new Option("--to <language>", "The language to translate into, where the model knows several."),
    ...decodingOptions(),
    new Option(
      "--nbest <n>",
      "The n best translations, each on a line of its own: the number of the input line, the score, the text, with tabs between.",
    ).argParser(wholeNumber(1, MOST_BEAMS)),
    new Option("--probs", "Below each translation, every token with its probability and what else was likely."),
    new Option("--attention", "Below each translation, where in the source the last layer looked for every token."),
    jsonOption(
      "one object for each line, { source, unknown, translations: [{ text, score, finished }] }, where unknown lists what of the source the vocabulary cannot write, with tokens where --probs or --attention asks for them,",
    ),
    ...deviceOptions(),
  ];
  const examples = [
    "heed translate --model runs/quickstart \"Cannot find name '{0}'.\"",
    "heed translate --model runs/quickstart < english.txt > french.txt",
    'heed translate --model runs/quickstart --probs --attention "Type expected"',
    'heed translate --model nllb --from eng_Latn --to fra_Latn "Good day."',
  ];
  const summary = "Translate texts, or the lines of standard input";
  const description = `${summary}: one line out for each line in, empty ones included, as soon as it is ready.`;
  return command("translate", { summary, description, options, examples })
    .argument("[text...]", "Texts to translate. Default: the lines of standard input.")
    .action(async (texts: string[], flags: TranslateFlags) => {
      const { translate } = await import("../actions/translate.ts");
      await translate(texts, flags, io);
    });
}
