/** Writes docs/cli.md from the declarations of the commands: `node --import tsx scripts/docs-cli.ts` */
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { processIo } from "../src/cli/io.ts";
import { buildProgram } from "../src/cli/program.ts";

const WIDTH = 100;

const introduction = `# The command line

\`npx heed COMMAND\`. Results go to standard output, progress and errors to standard error. Exit codes: 0 when all went
well, also when the reader of the output has closed it (\`| head\`); 1 for an error, whose message says what is wrong,
where, and what to do (\`--debug\` adds where in the program it happened and what caused it); 2 for wrong usage; 130 or
143 where SIGINT or SIGTERM ended a training.

This page is made from the commands' own declarations by \`scripts/docs-cli.ts\`.
`;

/** The page, as it should be. */
export function cliDocs(): string {
  const program = buildProgram(processIo());
  return [introduction, ...sections(program)].join("\n");
}

function sections(command: Command, path: readonly string[] = []): string[] {
  const names = [...path, command.name()];
  const help = helpOf(command);
  const section = `## ${names.join(" ")}\n\n\`\`\`text\n${help.trim()}\n\`\`\`\n`;
  return [section, ...command.commands.flatMap((inner) => sections(inner as Command, names))];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
  });
  command.outputHelp();
  return text;
}

if (process.argv[1] === import.meta.filename) {
  await writeFile(new URL("../docs/cli.md", import.meta.url), cliDocs());
}
