import { Argument, Command, Option } from "commander";
import type { DataKind, FileFormat } from "../../data/schema.ts";
import type { CleanFlags, InspectFlags, SplitFlags } from "../actions/data.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { dataDirOption, decimal, jsonOption, wholeNumber } from "../options.ts";

const corpora: readonly DataKind[] = ["compiler-messages", "multi30k"];
const formats: readonly FileFormat[] = ["parallel", "tsv", "jsonl", "po", "mo", "tmx"];

const files = () =>
  new Argument("[file...]", "One file of pairs, or two whose lines belong together; may be packed with gzip.");

const sourceOptions = (): Option[] => [
  new Option("--config <file>", "Take the data of this recipe."),
  new Option("--corpus <name>", "Take a built-in corpus.").choices(corpora),
  new Option("--format <name>", "The format of the file. Default: what its ending says, else its beginning.").choices(
    formats,
  ),
  new Option("--from <language>", "The language of the source, such as en."),
  new Option("--to <language>", "The language of the target, such as fr."),
  dataDirOption(),
];

const filterOptions = (): Option[] => [
  new Option("--min-length <n>", "Leave out pairs with a side of fewer characters.").argParser(wholeNumber(1)),
  new Option("--max-length <n>", "Leave out pairs with a side of more characters.").argParser(wholeNumber(1)),
  new Option(
    "--max-ratio <x>",
    "Leave out pairs of which one side is more than x times as long as the other.",
  ).argParser(decimal(1)),
  new Option("--drop-identical", "Leave out pairs whose two sides are the same."),
  new Option("--keep-duplicates", "Keep pairs that occurred before."),
];

export function dataCommand(io: Io): Command {
  return new Command("data")
    .summary("Look at sentence pairs, clean them, split them")
    .description("Look at sentence pairs, clean them, split them.")
    .helpOption("-h, --help", "Show this help.")
    .helpCommand(false)
    .addCommand(inspectCommand(io))
    .addCommand(cleanCommand(io))
    .addCommand(splitCommand(io));
}

function inspectCommand(io: Io): Command {
  const summary = "Report the state of sentence pairs";
  return command("inspect", {
    summary,
    description: `${summary}: how many, how long, and what may be wrong with them.`,
    options: [...sourceOptions(), jsonOption("the report")],
    examples: [
      "heed data inspect pairs.tsv --from en --to fr",
      "heed data inspect --corpus compiler-messages --to zh-cn",
    ],
  })
    .addArgument(files())
    .action(async (files: string[], flags: InspectFlags) => {
      const { inspectData } = await import("../actions/data.ts");
      await inspectData(files, flags, io);
    });
}

function cleanCommand(io: Io): Command {
  const output = new Option(
    "--output <file...>",
    "Where to write: one file for source⇥target, or two for the two sides.",
  ).makeOptionMandatory();
  const summary = "Write the pairs that are worth keeping";
  return command("clean", {
    summary,
    description: `${summary}: none with an empty side, no duplicates, and what the options say.`,
    options: [...sourceOptions(), output, ...filterOptions(), jsonOption("the counts")],
    examples: ["heed data clean train.en train.fr --output clean.en clean.fr --max-ratio 3"],
  })
    .addArgument(files())
    .action(async (files: string[], flags: CleanFlags) => {
      const { cleanData } = await import("../actions/data.ts");
      await cleanData(files, flags, io);
    });
}

function splitCommand(io: Io): Command {
  const part = 'a number of source sentences, such as 200, or about a share, such as "2%"';
  const options = [
    new Option("--out-dir <dir>", "The folder to write train, validation and test into.").makeOptionMandatory(),
    new Option("--layout <name>", "One file of source⇥target for each part, or two files, one a side.")
      .choices(["tsv", "parallel"])
      .default("tsv"),
    new Option("--validation <part>", `How much to hold out for validation: ${part}.`).argParser(heldOut),
    new Option("--test <part>", `How much to hold out for the test: ${part}.`).argParser(heldOut),
  ];
  const summary = "Split pairs into train, validation and test";
  return command("split", {
    summary,
    description: `${summary} by a hash of the source: no source sentence is in two of them.`,
    options: [...sourceOptions(), ...options, ...filterOptions(), jsonOption("the number of pairs in each part")],
    examples: ["heed data split pairs.tsv --validation 500 --test 500 --out-dir data"],
  })
    .addArgument(files())
    .action(async (files: string[], flags: SplitFlags) => {
      const { splitData } = await import("../actions/data.ts");
      await splitData(files, flags, io);
    });
}

function heldOut(text: string): number | string {
  return text.endsWith("%") ? text : wholeNumber(0)(text);
}
