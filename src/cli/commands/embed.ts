import type { Command } from "commander";
import type { EmbedFlags } from "../actions/embed.ts";
import { command } from "../command.ts";
import type { Io } from "../io.ts";
import { deviceOptions, jsonOption, modelOption } from "../options.ts";

export function embedCommand(io: Io): Command {
  const options = [
    modelOption(),
    jsonOption("one object for each text, { text, embedding }, in place of its numbers with tabs between,"),
    ...deviceOptions(),
  ];
  const summary = "Make vectors of texts, or of the lines of standard input";
  const description =
    `${summary}: one line for each text. The states of the model are pooled as the folder says ` +
    "(modules.json, of sentence-transformers), else their mean is taken.";
  const examples = [
    'heed embed --model all-MiniLM-L6-v2 --json "A cat sleeps." "The kitten naps."',
    "heed embed --model all-MiniLM-L6-v2 < sentences.txt > vectors.tsv",
  ];
  return command("embed", { summary, description, options, examples })
    .argument("[text...]", "Texts to embed. Default: the lines of standard input.")
    .action(async (texts: string[], flags: EmbedFlags) => {
      const { embed } = await import("../actions/embed.ts");
      await embed(texts, flags, io);
    });
}
