import {
  type AddedToken,
  type Component,
  checkTokenizerConfigJson,
  checkTokenizerJson,
  type ModelJson,
  type SpecialRole,
  specialRoles,
  type TokenizerConfigJson,
  type TokenizerJson,
} from "../tokenizer-json.ts";
import { invalid } from "./files.ts";
import { type NamedToken, roleToken, type Settings } from "./settings.ts";

/** What a tokenizer.json and the tokenizer_config.json beside it say. */
export interface TokenizerDescription {
  readonly json: TokenizerJson;
  readonly config: TokenizerConfigJson;
}

/** What stands around a text, and around the two of a pair. */
export interface Template {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Between the two texts of a pair. */
  readonly between: readonly string[];
  /** Of these, those from this one on belong to the second text; default: none. */
  readonly secondFrom?: number;
  /** The type of the tokens of the second text, and of what belongs to it. */
  readonly secondType?: 0 | 1;
}

/** The special tokens by what they are for. */
export type Roles = { readonly [role in SpecialRole]?: string | undefined };

/** What becomes of the files of a folder. */
export interface Parts {
  /** The file of the vocabulary, for messages. */
  readonly path: string;
  readonly model: ModelJson;
  readonly normalizer: Component | null;
  readonly pre_tokenizer: Component | null;
  readonly decoder: Component;
  /** The special tokens of the family, where the settings do not say. */
  readonly roles: Roles;
  /** Tokens beside those in the settings, which count more. */
  readonly tokens: readonly NamedToken[];
  /** With the tokens in their roles; undefined where nothing is put around a text. */
  readonly template: ((roles: Roles) => Template) | undefined;
  /** The ids of the vocabulary. */
  readonly ids: ReadonlyMap<string, number>;
  /** What the tokens of a role are like, beside being special. */
  readonly flags?: Partial<Readonly<Record<SpecialRole, Partial<NamedToken>>>>;
  /** Whether added tokens are found before a text is normalized, whatever their flags. */
  readonly unnormalized?: boolean;
}

/**
 * Puts the parts of a tokenizer together.
 *
 * @throws HeedError FORMAT_INVALID when they do not fit together.
 */
export function assemble(parts: Parts, settings: Settings): TokenizerDescription {
  const named = specialRoles.map((role) => [role, roleToken(settings, role, parts.roles)] as const);
  const roles: Roles = Object.fromEntries(named.filter(([, token]) => token !== undefined));
  const added = addedTokens(parts, roles, settings);
  const ids = new Map([...parts.ids, ...added.map(({ content, id }) => [content, id] as const)]);
  const template = parts.template?.(roles);
  const json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: parts.normalizer,
    pre_tokenizer: parts.pre_tokenizer,
    post_processor: template === undefined ? null : postProcessor(template, ids, parts.path),
    decoder: parts.decoder,
    model: parts.model,
  };
  return {
    json: checkTokenizerJson(json, parts.path),
    config: checkTokenizerConfigJson({ ...settings.config, ...configRoles(settings, roles) }, settings.path),
  };
}

/** As the config has them, or the family's; without what it has beside their text, which the tokenizer.json says. */
function configRoles({ config }: Settings, roles: Roles): TokenizerConfigJson {
  return Object.fromEntries(specialRoles.map((role) => [role, roles[role] ?? config[role] ?? null]));
}

function addedTokens(parts: Parts, roles: Roles, settings: Settings): AddedToken[] {
  const tokens = new Map<string, NamedToken>();
  const add = (token: NamedToken) => {
    const known = tokens.get(token.content);
    const special = token.special || known?.special === true;
    tokens.set(token.content, { ...token, ...known, special, id: known?.id ?? token.id });
  };
  for (const token of settings.tokens) add(token);
  for (const [role, content] of Object.entries(roles) as [SpecialRole, string][]) {
    const { config } = settings;
    const said = typeof config[role] === "object" ? (config[role] as object) : {};
    add({ ...parts.flags?.[role], ...said, content, special: true });
  }
  for (const token of parts.tokens) add(token);
  let next = Math.max(-1, ...idsOf(parts.ids), ...[...tokens.values()].map(({ id }) => id ?? -1)) + 1;
  const withIds = [...tokens.values()].map(({ content, id, ...token }) => {
    const own = parts.ids.get(content) ?? id ?? next++;
    const normalized = parts.unnormalized === true ? false : (token.normalized ?? !token.special);
    const { lstrip = false, rstrip = false, single_word = false, special } = token;
    return { id: own, content, single_word, lstrip, rstrip, normalized, special };
  });
  checkIds(withIds, parts);
  return withIds.sort((a, b) => a.id - b.id);
}

/** The highest of the ids: there are too many to be arguments of a function. */
function idsOf(ids: ReadonlyMap<string, number>): [number] {
  let highest = -1;
  for (const id of ids.values()) if (id > highest) highest = id;
  return [highest];
}

function checkIds(added: readonly AddedToken[], { ids, path }: Parts): void {
  const owners = new Map([...ids].map(([token, id]) => [id, token]));
  for (const { id, content } of added) {
    const owner = owners.get(id);
    if (owner !== undefined && owner !== content) {
      throw invalid(path, `"${owner}" has the id ${id}, which is to be that of the added token "${content}"`);
    }
    owners.set(id, content);
  }
}

function postProcessor(template: Template, ids: ReadonlyMap<string, number>, path: string): Component {
  const { before, after, between, secondFrom = between.length, secondType = 0 } = template;
  const special = (tokens: readonly string[], type_id: number) =>
    tokens.map((token) => ({ SpecialToken: { id: token, type_id } }));
  const text = (id: "A" | "B", type_id: number) => ({ Sequence: { id, type_id } });
  const used = [...new Set([...before, ...between, ...after])];
  for (const token of used) {
    if (!ids.has(token)) throw invalid(path, `it lacks "${token}", which stands around each text`);
  }
  return {
    type: "TemplateProcessing",
    single: [...special(before, 0), text("A", 0), ...special(after, 0)],
    pair: [
      ...[...special(before, 0), text("A", 0), ...special(between.slice(0, secondFrom), 0)],
      ...[...special(between.slice(secondFrom), secondType), text("B", secondType), ...special(after, secondType)],
    ],
    special_tokens: Object.fromEntries(used.map((id) => [id, { id, ids: [ids.get(id)], tokens: [id] }])),
  };
}
