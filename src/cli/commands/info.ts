import type { Command } from "commander";
import type { InfoFlags } from "../actions/info.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { jsonOption } from "../options.ts";

export function infoCommand(io: Io): Command {
  const summary = "Tell what is in a model's folder";
  return command("info", {
    summary,
    description: `${summary}: the model, its parameters, its tokenizer, how it was trained and who can open it.`,
    options: [jsonOption("it")],
    examples: ["heed info runs/quickstart"],
  })
    .argument("<dir>", "A run's folder, of which the best checkpoint is taken, or a Hugging Face folder.")
    .action(async (folder: string, flags: InfoFlags) => {
      const { info } = await import("../actions/info.ts");
      await info(folder, flags, io);
    });
}
