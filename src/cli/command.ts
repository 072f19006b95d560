import { Command, type Option } from "commander";

/** What the help says of a command. */
export interface Description {
  /** A few words, for the list of all commands. */
  readonly summary: string;
  /** What it does, in full; the summary unless given. */
  readonly description?: string;
  readonly options: readonly Option[];
  /** Uses of it, as they are typed behind `npx`. */
  readonly examples: readonly string[];
}

/** A command with its options and examples of its use. */
export function command(name: string, { summary, description, options, examples }: Description): Command {
  const declared = new Command(name)
    .summary(summary)
    .description(description ?? `${summary}.`)
    .helpOption("-h, --help", "Show this help.")
    .addHelpText("after", `\nExamples:\n${examples.map((example) => `  npx ${example}`).join("\n")}`);
  for (const option of options) declared.addOption(option);
  return declared;
}
