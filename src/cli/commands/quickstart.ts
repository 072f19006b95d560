import { type Command, Option } from "commander";
import { compilerMessageLanguages } from "../../data/corpora/languages.ts";
import type { QuickstartFlags } from "../actions/quickstart.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { deviceOptions } from "../options.ts";

export function quickstartCommand(io: Io): Command {
  const languages = compilerMessageLanguages.filter((language) => language !== "en");
  const to = new Option("--to <language>", "The language to translate into.").choices(languages).default("fr");
  return command("quickstart", {
    summary: "Train a first translator in a few minutes and see what it does",
    description:
      "Train a translator of the TypeScript compiler's messages in a few minutes, offline, score it on messages that " +
      "it has not seen, and show how it translates some of them. This is what npm start runs. A quickstart that was " +
      "stopped goes on; a finished one is kept under another name.",
    options: [to, ...deviceOptions()],
    examples: ["heed quickstart", "heed quickstart --to zh-cn"],
  }).action(async (flags: QuickstartFlags) => {
    const { quickstart } = await import("../actions/quickstart.ts");
    await quickstart(flags, io);
  });
}
