import { z } from "zod";
import { dataSchemas, fileSchemas } from "../data/schema.ts";
import { recipeSchema } from "../translation/recipe.ts";

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The JSON Schema of recipes, by which editors complete and check them. */
export function recipeJsonSchema(): JsonSchema {
  const definitions = { files: { anyOf: Object.values(fileSchemas).map(part) } };
  return { title: "Heed recipe", ...toJson(recipeSchema), definitions };
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", target: "draft-07", unrepresentable: "any", override }) as JsonSchema;
}

/** What zod cannot say in JSON Schema by itself, or says with noise. */
function override({ zodSchema, jsonSchema, path }: Parameters<NonNullable<z.core.ToJSONSchemaParams["override"]>>[0]) {
  const key = String(path.at(-1));
  if (zodSchema instanceof z.ZodPipe) {
    if (key === "data") jsonSchema.anyOf = Object.values(dataSchemas).map(part);
    else jsonSchema.allOf = [{ $ref: "#/definitions/files" }];
  }
  if (zodSchema instanceof z.ZodCustom) jsonSchema.anyOf = heldOut;
  if (zodSchema instanceof z.ZodLiteral && key in literalKeys) jsonSchema.description ??= literalKeys[key]!;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The Transformer is what is meant where a model names no type.
  if (jsonSchema.properties?.modelType !== undefined) delete jsonSchema.required;
}

function part(schema: z.ZodType): JsonSchema {
  const { $schema, ...rest } = toJson(schema);
  return rest;
}

/** How much of the data to hold out: a count, or a share. */
const heldOut: JsonSchema[] = [
  { type: "integer", minimum: 0 },
  { type: "string", pattern: "^\\d+(\\.\\d+)?%$" },
];

/** Keys by whose value one of several schemas is chosen. */
const literalKeys: Readonly<Record<string, string>> = {
  modelType: "The model's family. A transformer unless told.",
  type: "How the learning rate changes.",
  corpus: "The built-in corpus.",
};
