import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { dataCommand } from "./commands/data.ts";
import { embedCommand } from "./commands/embed.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { fillCommand } from "./commands/fill.ts";
import { generateCommand } from "./commands/generate.ts";
import { helpCommand } from "./commands/help.ts";
import { infoCommand } from "./commands/info.ts";
import { quickstartCommand } from "./commands/quickstart.ts";
import { schemaCommand } from "./commands/schema.ts";
import { scoreCommand } from "./commands/score.ts";
import { trainCommand } from "./commands/train.ts";
import { translateCommand } from "./commands/translate.ts";
import { folded, type Io } from "./io.ts";

/** Columns of the help where no terminal has its own. */
const HELP_WIDTH = 80;

/** All commands. Declaring them loads nothing heavy: what a command does is loaded when it runs. */
export function buildProgram(io: Io): Command {
  const program = new Command("heed")
    .description("The Transformer: train it, translate with it, score it and look inside it.")
    .version(packageJson.version, "-V, --version", "Print the version.")
    .option("--debug", "With an error, show where in the program it happened and what caused it.")
    .helpOption("-h, --help", "Show this help.")
    .helpCommand(false)
    .showHelpAfterError("Run it with --help to see all that it takes.");
  const commands = [
    quickstartCommand(io),
    trainCommand(io),
    translateCommand(io),
    generateCommand(io),
    embedCommand(io),
    fillCommand(io),
    evaluateCommand(io),
    scoreCommand(io),
    dataCommand(io),
    infoCommand(io),
    schemaCommand(io),
    helpCommand(program),
  ];
  for (const command of commands) program.addCommand(command);
  settle(program, program, io);
  return program;
}

/** Settings that hold for every command: errors end in `run`, not in the middle of the process. */
function settle(command: Command, program: Command, io: Io): void {
  command.copyInheritedSettings(program);
  command.exitOverride();
  command.configureHelp({ showGlobalOptions: command !== program });
  command.configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(folded(io.stderr, text)),
    getOutHelpWidth: () => io.stdout.columns || HELP_WIDTH,
    getErrHelpWidth: () => io.stderr.columns || HELP_WIDTH,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const inner of command.commands) settle(inner as Command, program, io);
}
