import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { cliDocs } from "../../scripts/docs-cli.ts";
import { recipeDocs } from "../../scripts/docs-recipe.ts";
import { compilerMessages } from "../../src/cli/presets/compiler-messages.ts";
import { presets } from "../../src/cli/presets/index.ts";
import { recipeJsonSchema } from "../../src/cli/recipe-json-schema.ts";
import { parseRecipe } from "../../src/translation/parse-recipe.ts";
import { heed } from "./memory-io.ts";

const recipes = Object.entries(presets).map(([name, { recipe }]) => [name, recipe] as const);
const fromRoot = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the recipes that come with Heed", () => {
  it.each(recipes)("%s is valid", (_, recipe) => {
    expect(() => parseRecipe(recipe)).not.toThrow();
  });

  it("the quickstart's holds out at least 200 messages and ends within three minutes", () => {
    const { data, train } = parseRecipe(compilerMessages("zh-cn"));
    expect(data).toMatchObject({ corpus: "compiler-messages", to: "zh-cn" });
    expect("split" in data && Number(data.split?.test)).toBeGreaterThanOrEqual(200);
    expect(train.maxSeconds).toBeLessThanOrEqual(180);
  });
});

describe("the JSON Schema of recipes", () => {
  const validator = z.fromJSONSchema(recipeJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  it("in schema/ is up to date: else run `npx heed schema > schema/heed.schema.json`", async () => {
    expect((await heed(["schema"])).out).toBe(await fromRoot("schema/heed.schema.json"));
  });

  it("describes every key", () => {
    const undescribed = [...properties(recipeJsonSchema())].filter(([, schema]) => !schema.description);
    expect(undescribed.map(([path]) => path)).toEqual([]);
  });

  it.each(recipes)("accepts %s", (_, recipe) => {
    expect(validator.safeParse(recipe).error).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ["an unknown key", { data: { corpus: "multi30k", to: "de" }, modle: {} }],
    ["a recipe without data", { train: {} }],
    ["a share of data that is none", { data: { path: "a.tsv", split: { test: "half" } } }],
    ["a wrong kind of file for validation", { data: { path: "a.tsv", validation: { source: 3 } } }],
    ["a schedule of another type", { data: { path: "a.tsv" }, train: { schedule: { type: "cosin", peak: 1 } } }],
  ])("refuses %s", (_, recipe) => {
    expect(validator.safeParse(recipe).success).toBe(false);
  });
});

interface Schema {
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly [keyword: string]: unknown;
}

/** Every property in a schema, however deep. */
function* properties(schema: Schema, path = ""): Generator<[string, Schema]> {
  for (const [key, property] of Object.entries(schema.properties ?? {})) yield [`${path}.${key}`, property as Schema];
  for (const [keyword, inner] of Object.entries(schema)) {
    if (typeof inner === "object" && inner !== null && keyword !== "default") {
      yield* properties(inner as Schema, keyword === "properties" ? path : `${path}.${keyword}`);
    }
  }
}

describe("docs/recipe.md", () => {
  it("is up to date: else run `node --import tsx scripts/docs-recipe.ts`", async () => {
    expect(await fromRoot("docs/recipe.md")).toBe(recipeDocs());
  });
});

describe("docs/cli.md", () => {
  it("is up to date: else run `node --import tsx scripts/docs-cli.ts`", async () => {
    expect(await fromRoot("docs/cli.md")).toBe(cliDocs());
  });
});
