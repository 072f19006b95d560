import type { Command } from "commander";
import { command } from "../command.ts";
import type { Io } from "../io.ts";

export function schemaCommand(io: Io): Command {
  return command(
    "schema",
    "Print the JSON Schema of recipes, by which editors complete and check them. In a YAML file, say where it lies in " +
      "the first line: # yaml-language-server: $schema=heed.schema.json",
    [],
    ["heed schema > heed.schema.json"],
  ).action(async () => {
    const { schema } = await import("../actions/schema.ts");
    await schema(io);
  });
}
