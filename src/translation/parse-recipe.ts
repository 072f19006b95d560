import type { z } from "zod";
import { HeedError } from "../error.ts";
import { families } from "../models/registry.ts";
import { type PairsRecipe, pairsRecipeSchema, type Recipe, recipeSchema, withFamilies } from "./recipe.ts";
import { keyName, type RecipeProblem, recipeProblems } from "./recipe-errors.ts";

/** A recipe with every default filled in, or all that is wrong with it. */
export type CheckedRecipe<R = Recipe> = { readonly recipe: R } | { readonly problems: readonly RecipeProblem[] };

/**
 * Checks a recipe and fills in its defaults. A model without a `modelType` is a Transformer.
 *
 * @param path The file that it was read from, for messages.
 * @throws HeedError CONFIG_INVALID naming every wrong key and value, what was expected and the nearest right key
 */
export function parseRecipe(value: unknown, path?: string): Recipe {
  return recipeOf(checkRecipe(value), path);
}

/** As `parseRecipe`, of a recipe for pairs that are given. */
export function parsePairsRecipe(value: unknown): PairsRecipe {
  return recipeOf(checkWith(pairsRecipeSchema, value));
}

function recipeOf<R>(checked: CheckedRecipe<R>, path?: string): R {
  if ("recipe" in checked) return checked.recipe;
  const { problems } = checked;
  const lines = problems.map(({ path: key, message }) => [path, keyName(key), message].filter(Boolean).join(": "));
  throw new HeedError("CONFIG_INVALID", lines.join("\n"), { path: path ?? keyName(problems[0]!.path) });
}

/** As `parseRecipe`, but tells what is wrong instead of throwing it. */
export function checkRecipe(value: unknown): CheckedRecipe {
  return checkWith(recipeSchema, value);
}

function checkWith<R extends PairsRecipe>(known: z.ZodObject, value: unknown): CheckedRecipe<R> {
  const schema = withFamilies<R>(known);
  const complete = withModelType(value);
  const parsed = schema.safeParse(complete);
  if (!parsed.success) return { problems: recipeProblems(parsed.error, schema, complete) };
  const problems = [tokenizerProblems, modelProblems, trainProblems].flatMap((find) => find(parsed.data));
  return problems.length > 0 ? { problems } : { recipe: parsed.data };
}

function withModelType(value: unknown): unknown {
  if (!isObject(value) || !isObject(value.model)) return value;
  return { ...value, model: { modelType: "transformer", ...value.model } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tokenizerProblems({ tokenizer }: PairsRecipe): RecipeProblem[] {
  if (tokenizer.path === null || !tokenizer.lowercase) return [];
  const message = "is for a vocabulary that is learned, but path names one that decides this itself; leave it out";
  return [{ path: ["tokenizer", "lowercase"], message }];
}

/** Values of the model that do not fit each other. What the tokenizer will decide is filled in by stand-ins. */
function modelProblems({ model, tokenizer }: PairsRecipe): RecipeProblem[] {
  const { modelType, ...own } = model;
  const family = families.get(modelType as string)!;
  if (!("decoderStartTokenId" in family.schema.shape)) {
    const message = `the family "${modelType}" has no decoderStartTokenId in its schema, which a translator needs`;
    return [{ path: ["model"], message }];
  }
  const derived = { vocabSize: tokenizer.vocabSize, padTokenId: 0, eosTokenId: 0, decoderStartTokenId: 0 };
  const complete = { ...own, ...derived };
  const parsed = family.schema.safeParse(complete);
  if (!parsed.success) {
    // Its own keys were checked with the recipe: too many tokens are left.
    const path = ["tokenizer", "vocabSize"];
    return recipeProblems(parsed.error, family.schema, complete).map(({ message }) => ({ path, message }));
  }
  const problems = family.problems(parsed.data);
  return problems.map(({ key, message }) => ({ path: ["model", key], message }));
}

/** What would otherwise fail only once the training has begun. */
function trainProblems({ train }: PairsRecipe): RecipeProblem[] {
  const { bestBy, validationBleu } = train;
  const scores = validationBleu === null ? ["loss"] : ["loss", "bleu"];
  if (bestBy === null || scores.includes(bestBy)) return [];
  const message = `expected ${scores.map((score) => `"${score}"`).join(" or ")}, found ${JSON.stringify(bestBy)}`;
  return [{ path: ["train", "bestBy"], message }];
}
