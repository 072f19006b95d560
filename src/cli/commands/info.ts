import type { Command } from "commander";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { jsonOption } from "../options.ts";

export interface InfoFlags {
  readonly json?: boolean;
}

export function infoCommand(io: Io): Command {
  return command(
    "info",
    "Tell what is in a folder: the model, its parameters, its tokenizer, how it was trained and who can open it.",
    [jsonOption("it")],
    ["heed info runs/quickstart"],
  )
    .argument("<dir>", "A run's folder, of which the best checkpoint is taken, or a Hugging Face folder.")
    .action(async (folder: string, flags: InfoFlags) => {
      const { info } = await import("../actions/info.ts");
      await info(folder, flags, io);
    });
}
