import { Command, type Option } from "commander";

/** A command with its options and examples of its use. */
export function command(name: string, description: string, options: readonly Option[], examples: readonly string[]) {
  const declared = new Command(name).description(description);
  for (const option of options) declared.addOption(option);
  if (examples.length > 0) {
    declared.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
  }
  return declared.helpOption("-h, --help", "Show this help.");
}
