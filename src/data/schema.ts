import { z } from "zod";
import { HeedError } from "../error.ts";
import { compilerMessageLanguages, multi30kLanguages } from "./corpora/languages.ts";
import type { HeldOut } from "./split.ts";

const language = z
  .string({
    error: ({ input }) => (input === undefined ? "missing; name the language, such as en, fr or zh-cn" : undefined),
  })
  .regex(/^[A-Za-z0-9]{2,}([-_][A-Za-z0-9]+)*$/, "must be a language tag, such as en, fr or zh-cn")
  .describe("A language tag such as en, fr or zh-cn.");

const filterSchema = z.strictObject({
  deduplicate: z.boolean().default(true).describe("Keep only the first of equal pairs."),
  minLength: z.int().min(1).optional().describe("The least length of either side, in characters."),
  maxLength: z.int().min(1).optional().describe("The greatest length of either side, in characters."),
  maxRatio: z.number().min(1).optional().describe("The greatest length of one side divided by the other's."),
  dropIdentical: z.boolean().default(false).describe("Leave out pairs whose two sides are equal."),
});

const heldOut = z
  .custom<HeldOut>(isHeldOut, 'Expected a whole number of source sentences, such as 200, or a share, such as "2%"')
  .optional()
  .describe("How many distinct source sentences to hold out, or which share of them, such as 2%.");

function isHeldOut(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0;
  return typeof value === "string" && /^\d+(\.\d+)?%$/.test(value) && Number.parseFloat(value) < 100;
}

const splitSchema = z.strictObject({ validation: heldOut, test: heldOut });

const path = z.string().min(1);
const file = path.describe("The file. Where its ending does not tell its format, its beginning does.");

const parallel = {
  format: z.literal("parallel").default("parallel").describe("Two files whose lines belong together."),
  source: path.describe(
    "The file with the source sentences, one a line. May be packed with gzip, like all files here.",
  ),
  target: path.describe("The file with their translations, one a line."),
  from: language.optional().describe("The source's language: only for checks of the data."),
  to: language
    .optional()
    .describe("The target's language, such as fr or zh: decides how BLEU splits it, and for checks of the data."),
};

const tsv = {
  format: z.literal("tsv").default("tsv").describe("Columns separated by tabs, one pair a line."),
  path: file,
  sourceColumn: z.int().min(1).default(1).describe("The column with the source, counted from 1."),
  targetColumn: z.int().min(1).default(2).describe("The column with the target, counted from 1."),
  from: parallel.from,
  to: parallel.to,
};

const jsonl = {
  format: z.literal("jsonl").default("jsonl").describe("One JSON object a line."),
  path: file,
  sourceField: z.string().default("source").describe("The field with the source."),
  targetField: z.string().default("target").describe("The field with the target."),
  from: language.optional().describe('The source\'s key in rows like {"translation": {"en": "…", "fr": "…"}}.'),
  to: language
    .optional()
    .describe("The target's key in such rows, and its language, as which BLEU splits it into words."),
};

const gettext = { path: file, from: parallel.from, to: parallel.to };
const po = { format: z.literal("po").default("po").describe("A gettext catalogue: msgid → msgstr."), ...gettext };
const mo = { format: z.literal("mo").default("mo").describe("A compiled gettext catalogue."), ...gettext };

const tmx = {
  format: z.literal("tmx").default("tmx").describe("A translation memory."),
  path: file,
  from: language.describe("The source's language; en matches en-US."),
  to: language.describe("The target's language."),
};

/** Files of pairs, by format. */
export const fileSchemas = {
  parallel: z.strictObject(parallel),
  tsv: z.strictObject(tsv),
  jsonl: z.strictObject(jsonl),
  po: z.strictObject(po),
  mo: z.strictObject(mo),
  tmx: z.strictObject(tmx),
} as const;

/** A file whose format only its beginning tells: with the keys of every format, until that is known. */
export const untoldFiles = z.strictObject({
  format: z.undefined().optional(),
  path: file,
  sourceColumn: tsv.sourceColumn.unwrap().optional(),
  targetColumn: tsv.targetColumn.unwrap().optional(),
  sourceField: jsonl.sourceField.unwrap().optional(),
  targetField: jsonl.targetField.unwrap().optional(),
  from: language.optional(),
  to: language.optional(),
});

export type FileFormat = keyof typeof fileSchemas;
/** Files of pairs whose format is known. */
export type KnownFileSpec = z.output<(typeof fileSchemas)[FileFormat]>;
/** Files of pairs whose format is to be told. */
export type UntoldSpec = z.output<typeof untoldFiles>;
/** Files of pairs. Without a format the file's beginning tells it. */
export type FileSpec = KnownFileSpec | UntoldSpec;

const fileSpec = chosen(fileSchemas, untoldFiles);
const whatToLeaveOut = "Which pairs to leave out of training. Pairs with an empty side always are.";
const training = {
  filter: filterSchema.prefault({}).describe(whatToLeaveOut),
  split: splitSchema
    .optional()
    .describe("Hold out part of the data by a hash of the source sentence: no sentence is in two parts."),
  validation: fileSpec
    .optional()
    .describe("Pairs to validate on, from files of their own; only empty ones are left out."),
  test: fileSpec.optional().describe("Pairs to test on, from files of their own; only empty ones are left out."),
};

const corpora = {
  "compiler-messages": z
    .strictObject({
      corpus: z.literal("compiler-messages").describe("Which built-in corpus."),
      from: z.enum(compilerMessageLanguages).default("en").describe("The source's language."),
      to: z.enum(compilerMessageLanguages).describe("The target's language."),
      filter: training.filter,
      split: training.split,
    })
    .describe("The TypeScript compiler's messages and their translations, from the installed package typescript."),
  multi30k: z
    .strictObject({
      corpus: z.literal("multi30k").describe("Which built-in corpus."),
      from: z.enum(multi30kLanguages).default("en").describe("The source's language."),
      to: z.enum(multi30kLanguages).describe("The target's language."),
      dataDir: path.optional().describe("A folder that holds the files (train.en, …), so that nothing is downloaded."),
      filter: filterSchema.prefault({ deduplicate: false }).describe(whatToLeaveOut),
    })
    .describe("29,000 image captions with their translations, and the published validation and test parts."),
} as const;

/** What data to train on, by kind: a file format, or a built-in corpus. */
export const dataSchemas = {
  parallel: fileSchemas.parallel.extend(training),
  tsv: fileSchemas.tsv.extend(training),
  jsonl: fileSchemas.jsonl.extend(training),
  po: fileSchemas.po.extend(training),
  mo: fileSchemas.mo.extend(training),
  tmx: fileSchemas.tmx.extend(training),
  ...corpora,
} as const;

export type DataKind = keyof typeof dataSchemas;
/** What data to train on, in files whose format is to be told. */
export const untoldData = untoldFiles.extend(training);

/** A data spec with every default filled in that does not depend on a format which is still to be told. */
export type DataSpec = z.output<(typeof dataSchemas)[DataKind] | typeof untoldData>;
/** A data spec as users write it. */
export type DataSpecInput = z.input<(typeof dataSchemas)[DataKind]>;

/**
 * The data part of a configuration. The kind is taken from `corpus` or `format`, else from the keys (`source` and
 * `target`: parallel files) or the ending of `path`; so errors speak of the kind that was meant, not of all of them. With
 * another ending the format is left open, for the file itself to tell.
 */
export const dataSpecSchema = chosen(dataSchemas, untoldData).superRefine((spec, context) => {
  if ("corpus" in spec && spec.from === spec.to) {
    context.addIssue({ code: "custom", path: ["to"], message: "`from` and `to` are the same language" });
  }
  if ("corpus" in spec) return;
  for (const part of ["validation", "test"] as const) {
    if (spec.split?.[part] === undefined || spec[part] === undefined) continue;
    const message = `Choose between \`split.${part}\` and the files in \`${part}\``;
    context.addIssue({ code: "custom", path: ["split", part], message });
  }
});

/**
 * Checks a data spec and fills in its defaults.
 * @throws HeedError CONFIG_INVALID naming each key that is wrong
 */
export function parseDataSpec(value: unknown): DataSpec {
  const result = dataSpecSchema.safeParse(value);
  if (result.success) return result.data;
  throw new HeedError("CONFIG_INVALID", keyProblems(result.error, "data"), {
    path: ["data", ...(result.error.issues[0]?.path ?? [])].join("."),
    cause: result.error,
  });
}

/** What is wrong with the keys under one key, a line for each. */
export function keyProblems({ issues }: z.ZodError, key: string): string {
  return issues.flatMap((issue) => problemsOf(issue, key)).join("\n");
}

function problemsOf(issue: z.core.$ZodIssue, key: string): string[] {
  const place = [key, ...issue.path].join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((name) => `${place}.${name}: does not go with the others`);
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [`${place}: ${isMissing ? "missing" : issue.message}`];
}

/**
 * The spec of a file whose format has been told, with that format's defaults.
 *
 * @param key the key of the spec in a recipe, for messages
 * @throws HeedError CONFIG_INVALID for keys that do not belong to the format, or that it lacks
 */
export function specAs(spec: UntoldSpec, format: FileFormat, key: string): KnownFileSpec {
  const given = Object.entries(spec).filter(([name]) => name in untoldFiles.shape);
  const result = fileSchemas[format].safeParse({ ...Object.fromEntries(given), format });
  if (result.success) return result.data;
  const message = `${spec.path} is read as ${format}.\n${keyProblems(result.error, key)}`;
  throw new HeedError("CONFIG_INVALID", message, { path: key, cause: result.error });
}

const ENDINGS: Readonly<Record<string, FileFormat>> = {
  tsv: "tsv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  po: "po",
  mo: "mo",
  tmx: "tmx",
};

/** A schema that chooses one of several by the value itself, and another one for a file that may be of any kind. */
function chosen<S extends Readonly<Record<string, z.ZodType>>, U extends z.ZodType>(schemas: S, untold: U) {
  return z.unknown().transform((value, context): z.output<S[keyof S]> | z.output<U> => {
    const kind = kindOf(value);
    const schema =
      kind === UNTOLD ? untold : kind !== undefined && Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
    if (schema === undefined) {
      const kinds = Object.keys(schemas).join(", ");
      const message = `Cannot tell what kind of data this is: set \`format\` (or \`corpus\`) to one of ${kinds}`;
      context.issues.push({ code: "custom", message, input: value });
      return z.NEVER;
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data as z.output<S[keyof S]> | z.output<U>;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}

const UNTOLD = Symbol("a file of any kind");

function kindOf(value: unknown): string | typeof UNTOLD | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const spec = value as Readonly<Record<string, unknown>>;
  const named = spec.corpus ?? spec.format;
  if (typeof named === "string") return named;
  if (typeof spec.path === "string") {
    return ENDINGS[/\.(\w+)(?:\.gz)?$/.exec(spec.path)?.[1]?.toLowerCase() ?? ""] ?? UNTOLD;
  }
  return "source" in spec || "target" in spec ? "parallel" : undefined;
}
