/** Writes docs/recipe.md from the schema of recipes: `node --import tsx scripts/docs-recipe.ts` */
import { writeFile } from "node:fs/promises";
import { recipeJsonSchema } from "../src/cli/recipe-json-schema.ts";

/** A part of the schema, as far as the page reads it. */
interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const introduction = `# Recipes

A recipe says what to train, on which pairs and how. As a file it is YAML or JSON (\`npx heed train mine.yaml\`), in
TypeScript an object (\`defineConfig\`). It must name the data; all else has a default.
\`npx heed schema > heed.schema.json\` and the first line \`# yaml-language-server: $schema=heed.schema.json\` let editors
complete and check it.

## How much of what

A step learns from one batch of \`train.maxTokens\` tokens, so an epoch has about as many steps as the pairs have tokens on
both sides, divided by that. Where there are few pairs, small batches and many epochs make up for it: below some hundred
steps nothing is learned, and the learning rate should rise for no more than a tenth to a quarter of them. So what a recipe
leaves open (null) is settled by the tokens of the training pairs when the training begins (\`src/train/settle.ts\`):

- \`maxTokens\`: so that an epoch has some 50 batches, but from 512 to 4,096, as a power of two
- \`maxEpochs\`, where nothing else ends the training: as many as make 3,000 steps, but at least 10
- \`schedule.warmupSteps\`: about a fifth of all steps, at most 400 (of the paper's schedule 4,000, for its peak depends on it)
- \`bestBy\`: BLEU where it is measured, else the loss; of checkpoints with the same BLEU the lower loss is the better

| pairs of short sentences | maxTokens | maxEpochs | steps  |
| ------------------------ | --------- | --------- | ------ |
| 300                      | 512       | 273       | 3,000  |
| 3,000                    | 1,024     | 57        | 3,000  |
| 30,000                   | 4,096     | 23        | 3,000  |
| 1,000,000                | 4,096     | 10        | 44,000 |

\`heed train\` tells what was settled, and so does the event \`start\`. A run that goes on keeps it: what a changed recipe
leaves open is as it was. The recipes that come with Heed (\`src/cli/presets/\`) say most of it themselves:

| recipe                            | pairs  | maxTokens | steps | warm-up | dropout | rDrop | BLEU on test pairs |
| --------------------------------- | ------ | --------- | ----- | ------- | ------- | ----- | ------------------ |
| \`compiler-messages\` (into French) | 1,814  | 1,500     | 825   | 200     | 0.1     | 0     | 46                 |
| \`multi30k-en-de\`                  | 29,000 | 6,144     | 8,000 | 500     | 0.2     | 2     | 40                 |
| \`multi30k-en-fr\`                  | 29,000 | 8,192     | 8,000 | 500     | 0.3     | 0     | 61                 |

Where the loss on training pairs ends far below that on others, weight decay helps
(\`train: { optimizer: { weightDecay: 0.1 } }\`), and R-Drop (\`train: { rDrop: 2 }\`) if there is time: a step takes two and
a half times as long. Give it less dropout than a training without it (docs/benchmarks.md has an example).

This page is made from the schema by \`scripts/docs-recipe.ts\`.
`;

/** The page, as it should be. */
export function recipeDocs(): string {
  const { properties } = recipeJsonSchema() as Schema;
  const sections = Object.entries(properties!).map(([name, part]) => {
    if (name === "data") return dataSection(part);
    return name === "model" ? modelSection(part) : section(`## ${name}`, part.description!, rowsOf(name, part));
  });
  return [introduction, ...sections].join("\n");
}

/** The keys of each family that may be trained by a recipe. */
function modelSection({ description, oneOf = [] }: Schema): string {
  const text = `${description} Each family has keys of its own; without \`modelType\` it is the transformer.`;
  const parts = oneOf.map((family) =>
    section(`### modelType: ${family.properties!.modelType!.const}`, "", rowsOf("model", family)),
  );
  return [section("## model", text, []), ...parts].join("\n");
}

/** The data are described by one of several objects; what most of them have stands first. */
function dataSection({ description, anyOf = [] }: Schema): string {
  const kinds = anyOf.map((kind) => rowsOf("data", kind));
  const all = new Map(kinds.flat().map((row) => [row.join(), row]));
  const has = (rows: readonly Row[], row: string) => rows.some((other) => other.join() === row);
  const common = [...all.keys()].filter((row) => 2 * kinds.filter((rows) => has(rows, row)).length > kinds.length);
  const parts = anyOf.map((kind, i) => {
    const rows = kinds[i]!.filter((row) => !common.includes(row.join()));
    const [key, { const: name, description: meaning }] = Object.entries(kind.properties!).find(
      ([, { const: value }]) => value !== undefined,
    )!;
    return section(
      `### ${key}: ${name}`,
      meaning ?? "",
      rows.filter(([path]) => path !== `\`data.${key}\``),
    );
  });
  const text = `${description} What most kinds of data have is here, the rest under each kind.`;
  return [
    section(
      "## data",
      text,
      common.map((row) => all.get(row)!),
    ),
    ...parts,
  ].join("\n");
}

type Row = readonly [key: string, value: string, meaning: string];

/** The keys of an object, those of objects within it under their paths; of one of several objects, with its type. */
function rowsOf(path: string, schema: Schema): Row[] {
  const objects = alternatives(schema);
  return objects.flatMap(({ properties = {}, required = [], description }) => {
    const { type } = properties;
    const which = objects.length > 1 ? ` (${type!.const})` : "";
    return Object.entries(properties).flatMap(([key, property]): Row[] => {
      const at = `${path}.${key}`;
      const meaning = which !== "" && property === type ? description : property.description;
      return [
        [`\`${at}\`${which}`, defaultOf(property, required.includes(key)), meaning ?? ""],
        ...rowsOf(at, property),
      ];
    });
  });
}

function alternatives(schema: Schema): readonly Schema[] {
  return schema.oneOf ?? schema.anyOf?.filter(({ properties }) => properties !== undefined) ?? [schema];
}

function defaultOf(property: Schema, required: boolean): string {
  if (property.default !== undefined) return code(property.default);
  return required ? "must be there" : "";
}

const code = (value: unknown) => `\`${JSON.stringify(value)}\``;

function section(heading: string, text: string, rows: readonly Row[]): string {
  return [heading, "", ...(text === "" ? [] : [text, ""]), ...(rows.length === 0 ? [] : tableOf(rows))].join("\n");
}

/** Columns as wide as their widest cell, as the formatter of this repository wants them. */
function tableOf(rows: readonly Row[]): string[] {
  const cells = [["key", "default", "meaning"], ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[], fill = " ") =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!, fill)).join(" | ")} |`;
  const [head, ...body] = cells as [string[], ...string[][]];
  const rule = line(["", "", ""], "-");
  return [line(head), rule, ...body.map((row) => line(row)), ""];
}

if (process.argv[1] === import.meta.filename) {
  await writeFile(new URL("../docs/recipe.md", import.meta.url), recipeDocs());
}
