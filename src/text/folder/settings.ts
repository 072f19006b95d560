import {
  checkTokenizerConfigJson,
  type SpecialRole,
  specialRoles,
  type TokenizerConfigJson,
  tokenInRole,
} from "../tokenizer-json.ts";
import { invalid, type JsonObject, readObject, type TokenizerFiles } from "./files.ts";

/** A token that a folder names beside its vocabulary. */
export interface NamedToken {
  readonly content: string;
  /** Whether decoding leaves it out. */
  readonly special: boolean;
  /** Where a file says it; else its place in the vocabulary, or behind it. */
  readonly id?: number | undefined;
  /** Whether it takes white space before it, and behind it, for itself. */
  readonly lstrip?: boolean | undefined;
  readonly rstrip?: boolean | undefined;
  readonly single_word?: boolean | undefined;
  readonly normalized?: boolean | undefined;
}

/** What the files beside a vocabulary say of it. */
export interface Settings {
  /** The path of the tokenizer_config.json, for messages. */
  readonly path: string;
  /** The tokenizer_config.json, with the special tokens of special_tokens_map.json. */
  readonly config: TokenizerConfigJson;
  /** The tokens of added_tokens.json and of `added_tokens_decoder`, and then those that are special beside the roles. */
  readonly tokens: readonly NamedToken[];
}

/**
 * Reads tokenizer_config.json, special_tokens_map.json and added_tokens.json, those that are there. As in Python's
 * transformers, a special_tokens_map.json counts more than the config, unless the config lists its added tokens.
 *
 * @throws HeedError FORMAT_INVALID.
 */
export async function readSettings(files: TokenizerFiles): Promise<Settings> {
  const path = `${files.location}/tokenizer_config.json`;
  const stated = (await readObject(files, "tokenizer_config.json")) ?? {};
  const map = (await readObject(files, "special_tokens_map.json")) ?? {};
  const isOld = stated.added_tokens_decoder === undefined;
  const config = checkTokenizerConfigJson(isOld ? { ...stated, ...map } : { ...map, ...stated }, path);
  const added = (await readObject(files, "added_tokens.json")) ?? {};
  const special = specialTokens(config, path);
  const isSpecial = new Set(special.map(({ content }) => content));
  for (const role of specialRoles) {
    const token = tokenInRole(config, role);
    if (token !== undefined) isSpecial.add(token);
  }
  const counted = Object.entries(isOld ? added : {}).map(([content, id]) => ({
    content,
    id: idOf(id, content, `${files.location}/added_tokens.json`),
    special: isSpecial.has(content),
  }));
  return { path, config, tokens: [...counted, ...decoderTokens(config, path), ...special] };
}

/** The token of a role: a config's, or that of the family where it does not say. Null says that there is none. */
export function roleToken(
  { config }: Settings,
  role: SpecialRole,
  defaults: { readonly [role in SpecialRole]?: string | undefined },
): string | undefined {
  return config[role] === undefined ? defaults[role] : tokenInRole(config, role);
}

/** A setting that is true or false. */
export function flag({ config }: Settings, name: string): boolean | undefined {
  return typeof config[name] === "boolean" ? config[name] : undefined;
}

/** @throws HeedError FORMAT_INVALID when a setting is there and no whole number from 0 to 10,000. */
export function count({ config, path }: Settings, name: string): number | undefined {
  const value = config[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 10_000) return value;
  throw invalid(path, `${name} must be a whole number from 0 to 10000`);
}

/** A setting that is a text. */
export function text({ config }: Settings, name: string): string | undefined {
  return typeof config[name] === "string" ? config[name] : undefined;
}

function specialTokens(config: TokenizerConfigJson, path: string): NamedToken[] {
  const { additional_special_tokens, extra_special_tokens } = config;
  const extra = extra_special_tokens ?? [];
  const lists = [additional_special_tokens ?? [], Array.isArray(extra) ? extra : Object.values(extra as object)];
  return lists.flatMap((list) => list as unknown[]).map((token) => named(token, true, path));
}

function decoderTokens(config: TokenizerConfigJson, path: string): NamedToken[] {
  const { added_tokens_decoder } = config;
  if (added_tokens_decoder === undefined || added_tokens_decoder === null) return [];
  if (typeof added_tokens_decoder !== "object") throw invalid(path, "added_tokens_decoder must be an object");
  return Object.entries(added_tokens_decoder).map(([id, token]) => {
    const { content, special, ...flags } = named(token, false, path);
    return { ...flags, content, special, id: idOf(Number(id), content, path) };
  });
}

function named(token: unknown, special: boolean, path: string): NamedToken {
  if (typeof token === "string" && token !== "") return { content: token, special };
  const { content, ...flags } = (token ?? {}) as JsonObject;
  if (typeof content !== "string" || content === "")
    throw invalid(path, "a special token is neither a text nor has a content");
  const isTrue = (name: string) => (typeof flags[name] === "boolean" ? { [name]: flags[name] } : {});
  const said = ["lstrip", "rstrip", "single_word", "normalized"].map(isTrue);
  return Object.assign({ content, special: special || flags.special === true }, ...said);
}

function idOf(id: unknown, content: string, path: string): number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 31) return id;
  throw invalid(path, `the id of "${content}" is no whole number from 0 on`);
}
