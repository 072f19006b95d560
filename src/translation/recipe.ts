import { z } from "zod";
import { type DataSpecInput, dataSpecSchema, fileSchemas } from "../data/schema.ts";
import { generationSchema } from "../generate/options.ts";
import { families, type ModelInput } from "../models/registry.ts";
import { trainSchema } from "../train/settings.ts";

/** Keys of a model's config that follow from the tokenizer. */
const derivedKeys = ["vocabSize", "decoderVocabSize", "padTokenId", "eosTokenId", "decoderStartTokenId"] as const;
/** Keys of heads that do not translate. */
const classifierKeys = ["head", "classifierDropout", "id2label", "problemType"] as const;
const unsaidKeys: readonly string[] = [...derivedKeys, ...classifierKeys];

const count = z.int().positive();

/** The own keys of each family that translates, without those that follow from the tokenizer or from the task. */
function modelSchema() {
  const translating = [...families.values()].filter(({ heads }) => heads.includes("sequenceToSequence"));
  const options = translating.map(({ modelType, schema }) => {
    const own = Object.entries(schema.shape).filter(([key]) => !unsaidKeys.includes(key));
    const type = z.literal(modelType).describe("Which model family.");
    return z.strictObject({ modelType: type, ...Object.fromEntries(own) });
  });
  const union = z.discriminatedUnion("modelType", options as unknown as [z.ZodObject, ...z.ZodObject[]]);
  return union.prefault({ modelType: "transformer" } as never).describe("The model and its sizes.");
}

export const tokenizerSchema = z.strictObject({
  kind: z
    .enum(["byteLevel", "wordBoundary"])
    .default("wordBoundary")
    .describe(
      "Units of the BPE: bytes, or characters with a mark where a word begins, of which rare ones are spelled in bytes.",
    ),
  vocabSize: count
    .default(4000)
    .describe("Tokens of the joint vocabulary of source and target; 256 of them are the bytes."),
  lowercase: z
    .boolean()
    .default(false)
    .describe("Whether capitals become small letters, in translations too; validation BLEU then ignores case."),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("Share of merges left out at random of training pairs, anew in each epoch (BPE-dropout)."),
  path: z.string().nullable().default(null).describe("A folder whose tokenizer to use; null: learn one."),
});

/** How a translator decodes unless told otherwise: what its generation_config.json says. */
export const decodeSchema = generationSchema
  .pick({ lengthPenalty: true, earlyStopping: true, maxLength: true })
  .extend({
    numBeams: generationSchema.shape.numBeams
      .unwrap()
      .default(5)
      .describe("Hypotheses kept at each step by beam search; 1 is greedy decoding."),
  });

/** All that is needed to train a translator: what, on which pairs, how. */
export const recipeSchema = z.strictObject({
  data: dataSpecSchema.describe("The sentence pairs."),
  tokenizer: tokenizerSchema.prefault({}).describe("How text becomes tokens."),
  model: modelSchema(),
  train: trainSchema
    .extend({
      validationBleu: count
        .nullable()
        .default(200)
        .describe("Validation pairs translated greedily for BLEU at each evaluation; null: none."),
    })
    .prefault({})
    .describe("How it is trained."),
  decode: decodeSchema.prefault({}).describe("How it translates, unless told otherwise."),
});

/** A recipe for pairs that are given: of what it says of data only the target's language counts. */
export const pairsRecipeSchema = recipeSchema.extend({ data: z.object({ to: fileSchemas.tsv.shape.to }).prefault({}) });

/** The schema of a kind of recipes with the families that are registered by now. */
export function withFamilies<R extends PairsRecipe>(schema: z.ZodObject): z.ZodType<R> {
  return schema.extend({ model: modelSchema() }) as unknown as z.ZodType<R>;
}

/** A recipe as a person writes it: what is left out has a default. */
export type RecipeInput = Omit<z.input<typeof recipeSchema>, "data" | "model"> & {
  readonly data: DataSpecInput;
  readonly model?: ModelInput | undefined;
};
/** A recipe with every default filled in. */
export type Recipe = z.output<typeof recipeSchema>;
/** A recipe as a person writes it for pairs that are given: of `data` only `to` counts, as which BLEU splits words. */
export type PairsRecipeInput = Omit<RecipeInput, "data"> & {
  readonly data?: { readonly to?: string | undefined } | undefined;
};
/** A recipe for pairs that are given, with every default filled in. */
export type PairsRecipe = z.output<typeof pairsRecipeSchema>;

/** Returns the recipe as it is; for its type, which editors complete and check. */
export function defineConfig(recipe: RecipeInput): RecipeInput {
  return recipe;
}
