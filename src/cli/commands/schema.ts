import type { Command } from "commander";
import { command } from "../command.ts";
import type { Io } from "../io.ts";

export function schemaCommand(io: Io): Command {
  const summary = "Print the JSON Schema of recipes, for editors";
  const description =
    `${summary}, which complete and check them by it. ` +
    "To use it, make this the first line of a recipe in YAML: # yaml-language-server: $schema=heed.schema.json";
  return command("schema", { summary, description, options: [], examples: ["heed schema > heed.schema.json"] }).action(
    async () => {
      const { schema } = await import("../actions/schema.ts");
      await schema(io);
    },
  );
}
