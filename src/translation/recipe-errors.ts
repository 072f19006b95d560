import { z } from "zod";
import { dataSchemas, fileSchemas } from "../data/schema.ts";
import { shown } from "../json.ts";
import { nearest } from "./nearest.ts";

/** One thing that is wrong with a recipe. */
export interface RecipeProblem {
  /** The key concerned, from the root. */
  readonly path: readonly PropertyKey[];
  /** What was expected and what was found. */
  readonly message: string;
}

/** A key as messages name it: `train.optimizer.beta3`. */
export function keyName(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}

/**
 * What zod found wrong with a value, as sentences for the one who wrote it: every wrong key with the nearest right one,
 * every wrong value with what was expected and what was found.
 *
 * @param schema The schema of the whole value, of which the right keys are taken.
 */
export function recipeProblems(error: z.ZodError, schema: z.ZodType, value: unknown): RecipeProblem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return unknownKeys(issue, schema, value);
    const found = valueAt(value, issue.path);
    if (isDataKind(issue)) return [dataKindProblem(found)];
    return [{ path: issue.path, message: sentence(issue, found) }];
  });
}

function sentence(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === "custom") return issue.message;
  const expected = expectation(issue);
  if (found === undefined) return `missing; expected ${expected}`;
  const meant = typeof found === "string" ? nearest(found, choices(issue)) : undefined;
  return `expected ${expected}, found ${shown(found)}${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}

const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  object: "keys with values",
  array: "a list",
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return oneOf(issue.values);
    case "too_small":
      if (issue.origin === "string") return "some text";
      return `a number ${issue.inclusive ? "of at least" : "above"} ${issue.minimum}`;
    case "too_big":
      return `a number ${issue.inclusive ? "of at most" : "below"} ${issue.maximum}`;
    case "invalid_union": {
      const named = choices(issue);
      if (named.length > 0 && issue.errors.length === 0) return oneOf(named);
      return issue.errors.flatMap((issues) => issues.slice(0, 1).map(expectation)).join(", or ");
    }
    default:
      return issue.message;
  }
}

/** The words that would have been right. */
function choices(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_value") return issue.values.filter((value) => typeof value === "string");
  if (issue.code !== "invalid_union") return [];
  if ("options" in issue && Array.isArray(issue.options)) return issue.options.map(String);
  return issue.errors.flatMap((issues) => issues.flatMap(choices));
}

function oneOf(values: readonly unknown[]): string {
  const names = values.map((value) => JSON.stringify(value));
  return names.length === 1 ? names[0]! : `one of ${names.join(", ")}`;
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, schema: z.ZodType, value: unknown): RecipeProblem[] {
  const right = keysAt(schema, issue.path, value);
  return issue.keys.map((key) => {
    const meant = nearest(key, right);
    const hint = meant === undefined ? `expected one of ${[...right].join(", ")}` : `did you mean "${meant}"?`;
    return { path: [...issue.path, key], message: `unknown key; ${hint}` };
  });
}

/** The data part could not be told to be of a kind at all. */
function isDataKind(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.path[0] === "data" && issue.message.startsWith("Cannot tell what kind");
}

function dataKindProblem(data: unknown): RecipeProblem {
  const path = ["data"];
  const [corpora, formats] = [
    Object.keys(dataSchemas).filter((kind) => !(kind in fileSchemas)),
    Object.keys(fileSchemas),
  ];
  const example =
    "for example data: { path: pairs.tsv }, data: { source: a.en, target: a.fr } or data: { corpus: compiler-messages, to: fr }";
  if (typeof data !== "object" || data === null) {
    const found = data === undefined ? "missing; expected" : `found ${shown(data)}, expected`;
    return { path, message: `${found} what to train on, ${example}` };
  }
  for (const [key, kinds] of Object.entries({ corpus: corpora, format: formats })) {
    const named = (data as Readonly<Record<string, unknown>>)[key];
    if (named === undefined) continue;
    const meant = typeof named === "string" ? nearest(named, kinds) : undefined;
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    return { path: [...path, key], message: `expected ${oneOf(kinds)}, found ${shown(named)}${hint}` };
  }
  const others = formats.filter((format) => format !== "tsv" && format !== "parallel").join(", ");
  const named = `${example}; or say what the file holds, as in data: { path: pairs.txt, format: tsv } (or ${others})`;
  const message = `no corpus, no format and no file tells what kind of data this is; expected ${named}`;
  return { path, message };
}

/** The right keys of the object at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): Set<string> {
  let candidates = objectsIn(schema, value);
  path.forEach((key, depth) => {
    const inner = valueAt(value, path.slice(0, depth + 1));
    candidates = candidates.flatMap((object) => objectsIn(object.shape[String(key)], inner, String(key)));
  });
  return new Set(candidates.flatMap((object) => Object.keys(object.shape)));
}

/** The objects that a schema may stand for, given the value: one, unless the value names none of a union's. */
function objectsIn(schema: z.core.$ZodType | undefined, value: unknown, key?: string): readonly z.ZodObject[] {
  if (schema instanceof z.ZodObject) return [schema];
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return objectsIn(schema.unwrap(), value, key);
  }
  if (schema instanceof z.ZodUnion)
    return named(
      schema.options.flatMap((option) => objectsIn(option, value)),
      value,
    );
  // The data part chooses its schema by a transform, which hides them.
  if (schema instanceof z.ZodPipe) return named(Object.values(key === "data" ? dataSchemas : fileSchemas), value);
  return [];
}

/** Those whose literals (`type`, `modelType`, `corpus`, `format`) are the value's; all where none is. */
function named(objects: readonly z.ZodObject[], value: unknown): readonly z.ZodObject[] {
  const fits = objects.filter(({ shape }) =>
    Object.entries(shape).some(([key, schema]) => isLiteral(schema, valueAt(value, [key]))),
  );
  return fits.length > 0 ? fits : objects;
}

function isLiteral(schema: z.core.$ZodType, value: unknown): boolean {
  if (schema instanceof z.ZodDefault) return isLiteral(schema.unwrap(), value);
  return schema instanceof z.ZodLiteral && schema.values.has(value as never);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}
