import { Argument, type Command, Option } from "commander";
import type { TrainFlags } from "../actions/train.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { dataDirOption, deviceOptions, jsonOption } from "../options.ts";
import { presets } from "../presets/index.ts";

const described = Object.entries(presets).map(([name, { description }]) => `${name} (${description})`);

export function trainCommand(io: Io): Command {
  const recipe = new Argument(
    "[recipe]",
    `A file in YAML or JSON that says what to train (heed schema describes it), or one of these: ${described.join(", ")}. With --resume: the folder of a run, or the file with its recipe, changed or not.`,
  );
  const options = [
    new Option("--out <dir>", "The folder of the run. Default: runs/NAME, after the recipe."),
    new Option(
      "--resume",
      "Go on with a run where it stopped, with the recipe that lies in its folder or the file that is named.",
    ),
    new Option("--to <language>", "With compiler-messages: the language to translate into, such as fr, de or zh-cn."),
    dataDirOption(),
    ...deviceOptions(),
    jsonOption("the result"),
  ];
  const examples = [
    "heed train compiler-messages --to de",
    "heed train multi30k-en-de --data-dir data/multi30k",
    "heed train my-recipe.yaml --out runs/mine",
    "heed train runs/mine --resume",
  ];
  const summary = "Train a translator";
  const description =
    `${summary}. Ctrl-C (or SIGTERM) saves and stops, with exit code 130 (or 143); once more stops at once. ` +
    "Progress goes to standard error, the result to standard output.";
  return command("train", { summary, description, options, examples })
    .addArgument(recipe)
    .action(async (recipe: string | undefined, flags: TrainFlags) => {
      const { train } = await import("../actions/train.ts");
      await train(recipe, flags, io);
    });
}
