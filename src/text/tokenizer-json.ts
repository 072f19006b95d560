import { z } from "zod";
import { HeedError } from "../error.ts";
import { isTooDeep, shown } from "../json.ts";
import { componentSchema } from "./component-json.ts";

/** A normalizer, pre-tokenizer, post-processor or decoder: its `type`, and what that type needs. */
export type Component = Readonly<Record<string, unknown>> & { readonly type: string };

/** A token that is found in the text itself, before anything else is done with the text. */
export type AddedToken = Readonly<Record<string, unknown>> & {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean | undefined;
};

/** The model of a tokenizer.json: its vocabulary, and for byte-pair encoding its merges. */
export type ModelJson = Readonly<Record<string, unknown>> & {
  readonly type?: string | undefined;
  /** Token to id; for Unigram a list of tokens with their scores, the id being the place in the list. */
  readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
  /** In the order of their ranks. As strings, with a space between the two, in files of before 2024. */
  readonly merges?: readonly (string | readonly [string, string])[] | undefined;
};

/** A tokenizer.json of Hugging Face's tokenizers. Keys that are not listed are kept as they are. */
export type TokenizerJson = Readonly<Record<string, unknown>> & {
  readonly added_tokens?: readonly AddedToken[] | undefined;
  readonly normalizer?: Component | null | undefined;
  readonly pre_tokenizer?: Component | null | undefined;
  readonly post_processor?: Component | null | undefined;
  readonly decoder?: Component | null | undefined;
  readonly model: ModelJson;
};

/** A token in a tokenizer_config.json: by its text, or with its properties. */
export type NamedToken = string | (Readonly<Record<string, unknown>> & { readonly content: string });

/** A tokenizer_config.json, of which Heed reads which tokens are special. Keys that are not listed are kept. */
export type TokenizerConfigJson = Readonly<Record<string, unknown>> & {
  readonly [role in SpecialRole]?: NamedToken | null | undefined;
} & { readonly clean_up_tokenization_spaces?: boolean | null | undefined };

/** What a special token is for, as a tokenizer_config.json names it. */
export type SpecialRole =
  | "bos_token"
  | "eos_token"
  | "unk_token"
  | "sep_token"
  | "pad_token"
  | "cls_token"
  | "mask_token";

export const specialRoles: readonly SpecialRole[] = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
];

/** Ids are given as int32. */
const MAX_ID = 2 ** 31 - 1;
/** The longest token, in characters, far beyond any. The library takes some hundred bytes for each character. */
export const MAX_TOKEN = 1000;

const addedToken = z.looseObject(
  {
    id: z.int("must be a whole number").nonnegative("must not be negative").max(MAX_ID, `must be at most ${MAX_ID}`),
    content: z.string().min(1, "must not be empty").max(MAX_TOKEN, `has more than ${MAX_TOKEN} characters`),
    special: z.boolean().optional(),
  },
  "must be an object with an id and a content",
);

const modelTypes = ["BPE", "WordPiece", "Unigram", "WordLevel"] as const;

const text = z.string("must be a text").nullish();

/** The added tokens and the model's own entries are checked one by one below: there are very many. */
const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.unknown(), "must be a list").optional(),
  normalizer: componentSchema("normalizer"),
  pre_tokenizer: componentSchema("pre_tokenizer"),
  post_processor: componentSchema("post_processor"),
  decoder: componentSchema("decoder"),
  model: z.looseObject(
    {
      type: z.enum(modelTypes, `must be one of ${modelTypes.join(", ")}`).optional(),
      unk_token: text,
      unk_id: z.int("must be a whole number").nonnegative("must not be negative").nullish(),
      continuing_subword_prefix: text,
      continuing_subword_suffix: text,
      end_of_word_suffix: text,
      max_input_chars_per_word: z.number("must be a number").nullish(),
    },
    "is missing",
  ),
});

const namedToken = z.union([z.string(), z.looseObject({ content: z.string() })], "must be a token").nullish();

const configSchema = z.looseObject({
  ...Object.fromEntries(specialRoles.map((role) => [role, namedToken])),
  additional_special_tokens: z.array(z.unknown(), "must be a list").nullish(),
  clean_up_tokenization_spaces: z.boolean().nullish(),
});

/** Whether a normalizer makes small letters of capitals: alone, as BERT's does, or among others. */
export function lowercases(normalizer: Component | null | undefined): boolean {
  if (normalizer?.type === "BertNormalizer") return normalizer.lowercase === true;
  if (normalizer?.type === "Sequence") return (normalizer.normalizers as readonly Component[]).some(lowercases);
  return normalizer?.type === "Lowercase";
}

/**
 * Checks that a JSON value is a tokenizer.json.
 *
 * @throws HeedError FORMAT_INVALID, which names the entry that is wrong.
 */
export function checkTokenizerJson(json: unknown, path: string): TokenizerJson {
  checkShape(json, tokenizerSchema, path);
  const { model, added_tokens = [] } = json as { model: Record<string, unknown>; added_tokens?: readonly unknown[] };
  for (const [i, token] of added_tokens.entries()) checkShape(token, addedToken, path, ["added_tokens", i]);
  const ids = checkVocabulary(model.vocab, path);
  for (const token of ids.keys()) {
    if (token.length <= MAX_TOKEN) continue;
    throw invalid(`model.vocab: a token has ${token.length} characters, of which ${MAX_TOKEN} are allowed`, path);
  }
  if (model.merges !== undefined) checkMerges(model, ids, path);
  const type = modelType(json as TokenizerJson);
  if (type === "BPE" && model.merges === undefined) throw invalid("model.merges: is missing", path);
  if ((type === "Unigram") !== Array.isArray(model.vocab)) {
    throw invalid(`model.vocab: must be ${type === "Unigram" ? "a list" : "an object"} for the type ${type}`, path);
  }
  if (type === "Unigram") checkUnknown(model, path);
  return json as TokenizerJson;
}

/**
 * Checks that a JSON value is a tokenizer_config.json.
 *
 * @throws HeedError FORMAT_INVALID, which names the entry that is wrong.
 */
export function checkTokenizerConfigJson(json: unknown, path: string): TokenizerConfigJson {
  checkShape(json, configSchema, path);
  return json as TokenizerConfigJson;
}

/** The type of the model, which old files do not name. */
export function modelType({ model }: TokenizerJson): string {
  if (model.type !== undefined) return model.type;
  if (Array.isArray(model.vocab)) return "Unigram";
  if (model.merges !== undefined) return "BPE";
  return "continuing_subword_prefix" in model ? "WordPiece" : "WordLevel";
}

/** The token that a tokenizer_config.json gives a role to. */
export function tokenInRole(config: TokenizerConfigJson, role: SpecialRole): string | undefined {
  const named = config[role];
  return typeof named === "string" ? named : (named?.content ?? undefined);
}

function checkShape(json: unknown, schema: z.ZodType, path: string, at: readonly PropertyKey[] = []): void {
  if (isTooDeep(json)) throw invalid("it is nested too deeply", path);
  const issue = schema.safeParse(json).error?.issues[0];
  if (issue === undefined) return;
  const entry = [...at, ...issue.path].join(".") || "The file";
  throw invalid(`${entry}: ${issue.message}`, path);
}

function checkVocabulary(vocab: unknown, path: string): ReadonlyMap<string, number> {
  if (typeof vocab !== "object" || vocab === null) throw invalid("model.vocab: must hold the tokens", path);
  const ids = new Map<string, number>();
  if (Array.isArray(vocab)) {
    for (const [id, entry] of vocab.entries()) {
      const isScored = Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "number";
      if (!isScored) throw invalid(`model.vocab.${id}: must be a token and its score`, path);
      ids.set(entry[0], id);
    }
    return ids;
  }
  const owners = new Map<number, string>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!isId(id))
      throw invalid(`model.vocab: the id of "${token}" is ${shown(id)}, not a number up to ${MAX_ID}`, path);
    if (owners.has(id)) throw invalid(`model.vocab: "${owners.get(id)}" and "${token}" have the same id, ${id}`, path);
    owners.set(id, token);
    ids.set(token, id);
  }
  return ids;
}

function isId(id: unknown): id is number {
  return Number.isInteger(id) && (id as number) >= 0 && (id as number) <= MAX_ID;
}

/** The place in the list that stands for what the others cannot write. */
function checkUnknown({ vocab, unk_id }: Record<string, unknown>, path: string): void {
  const { length } = vocab as readonly unknown[];
  if (length === 0) throw invalid("model.vocab: is empty", path);
  if (typeof unk_id === "number" && unk_id >= length) throw invalid(`model.unk_id: there is no token ${unk_id}`, path);
}

function checkMerges(model: Record<string, unknown>, ids: ReadonlyMap<string, number>, path: string): void {
  const merges = model.merges;
  if (!Array.isArray(merges)) throw invalid("model.merges: must be a list", path);
  const prefix = typeof model.continuing_subword_prefix === "string" ? model.continuing_subword_prefix : "";
  for (const [rank, merge] of merges.entries()) {
    const parts: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = parts;
    if (typeof merge !== typeof merges[0]) throw invalid(`model.merges.${rank}: is not written as those before`, path);
    if (parts.length !== 2 || typeof left !== "string" || typeof right !== "string") {
      throw invalid(`model.merges.${rank}: must be two tokens`, path);
    }
    const merged = left + (right.startsWith(prefix) ? right.slice(prefix.length) : right);
    const missing = [left, right, merged].find((token) => !ids.has(token));
    if (missing !== undefined) throw invalid(`model.merges.${rank}: "${missing}" is not in model.vocab`, path);
  }
}

function invalid(problem: string, path: string): HeedError {
  const advice = "Take the file again from where it came from, or write it with a current version of tokenizers.";
  return new HeedError("FORMAT_INVALID", `${path} is not a valid file: ${problem}. ${advice}`, { path });
}
