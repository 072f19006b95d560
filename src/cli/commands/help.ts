import { Command } from "commander";
import { HeedError } from "../../error.ts";

/** `heed help data split`: the help of a command however deep, where commander's own goes one level down. */
export function helpCommand(root: Command): Command {
  return new Command("help")
    .summary("Show the help of a command")
    .description("Show the help of a command.")
    .helpOption("-h, --help", "Show this help.")
    .argument("[command...]", "The name of the command, such as data split.")
    .action((names: readonly string[]) => {
      names.reduce(inner, root).help();
    });
}

function inner(command: Command, name: string): Command {
  const found = command.commands.find((candidate) => candidate.name() === name);
  if (found !== undefined) return found;
  const known = command.commands.map((candidate) => candidate.name()).join(", ");
  const what = known === "" ? `${command.name()} has no commands.` : `Known are ${known}.`;
  throw new HeedError("USAGE", `There is no command ${name}. ${what}`);
}
