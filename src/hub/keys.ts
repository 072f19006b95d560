import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import type { ModelConfig } from "../models/family.ts";
import type { HeadName } from "../models/heads.ts";
import { toSnakeCase } from "./config.ts";
import type { JsonObject } from "./files.ts";
import type { Kind } from "./kind.ts";

/** How a config.json of one `model_type` is read and written. */
export interface Keys<C> {
  /** The names of keys that are not those of Heed's config in snake_case. */
  readonly names: Partial<Readonly<Record<keyof C, string>>>;
  /** What the class of `transformers` takes where a key is absent, under its names. */
  readonly defaults: JsonObject;
  /** What all models of the kind are, or what several keys say together, under Heed's names. */
  derived?(json: JsonObject, path: string): Partial<Record<keyof C, unknown>>;
  /** What is written beside the keys of the config. */
  written?(config: C): JsonObject;
  /** Keys of Heed's config that the kind's config.json does not have. */
  readonly unwritten?: readonly (keyof C)[];
  /** Keys that change numbers, and the values of them that Heed computes. */
  readonly only: Readonly<Record<string, readonly unknown[]>>;
}

/** Keys of any config.json that would change numbers, and the values that do not. */
const onlyCommon: Readonly<Record<string, readonly unknown[]>> = {
  quantization_config: [],
  pruned_heads: [],
  add_cross_attention: [false],
  chunk_size_feed_forward: [],
};

/** What of a kind its config.json is read and written by. */
export type KeyedKind<C extends ModelConfig> = Pick<
  Kind<C>,
  "modelType" | "family" | "architectures" | "alsoReads" | "keys"
>;

/** The config that a config.json states, unchecked. Errors: MODEL_UNSUPPORTED. */
export function configOf<C extends ModelConfig>(kind: KeyedKind<C>, json: JsonObject, path: string): JsonObject {
  const { family, keys } = kind;
  refuseOthers({ ...onlyCommon, ...keys.only }, json, path);
  const stated = Object.keys(family.schema.shape).map((key) => {
    const name = nameOf(keys, key as keyof C & string);
    return [key, json[name] ?? keys.defaults[name]] as const;
  });
  const known = Object.fromEntries(stated.filter(([, value]) => value !== undefined && value !== null));
  const head = headOfFolder(kind, json, path);
  return defined({ ...known, ...labelsOf(json), ...idsOf(json, keys.defaults), head, ...keys.derived?.(json, path) });
}

/** The config.json of a config. */
export function jsonOf<C extends ModelConfig>(kind: KeyedKind<C>, config: C): JsonObject {
  const { keys, modelType, architectures } = kind;
  const left = ["head", "id2label", "problemType", ...(keys.unwritten ?? [])] as readonly string[];
  const own = Object.entries(config).filter(([key]) => !left.includes(key));
  const head = config.head ?? kind.family.heads[0];
  return {
    model_type: modelType,
    architectures: [architectures[head]],
    dtype: "float32",
    ...Object.fromEntries(own.map(([key, value]) => [nameOf(keys, key as keyof C & string), value ?? null])),
    ...(["sequenceClass", "tokenClass"].includes(head) ? classesJson(config as never) : {}),
    ...keys.written?.(config),
  };
}

const nameOf = <C>({ names }: Keys<C>, key: keyof C & string): string => names[key] ?? toSnakeCase(key);

function refuseOthers(only: Keys<never>["only"], json: JsonObject, path: string): void {
  for (const [key, values] of Object.entries(only)) {
    const found = json[key];
    const isEmpty = found === undefined || found === null || found === 0 || String(Object.keys(found)) === "";
    if ((isEmpty && typeof found !== "boolean" && found !== 0) || (values.length === 0 && isEmpty)) continue;
    if (values.some((value) => value === found)) continue;
    const known = values.length === 0 ? "" : ` Heed computes ${values.map(shown).join(" or ")} only.`;
    throw new HeedError("MODEL_UNSUPPORTED", `${path}: ${key} is ${shown(found)}, which Heed does not have.${known}`, {
      path,
    });
  }
}

/** The head, by the first class that `architectures` names. Without it, the family's first. */
function headOfFolder<C extends ModelConfig>(kind: KeyedKind<C>, json: JsonObject, path: string): HeadName {
  const [named] = Array.isArray(json.architectures) ? (json.architectures as unknown[]) : [];
  if (named === undefined) return kind.family.heads[0];
  const classes = Object.entries(kind.architectures).map(([head, name]) => [name, head as HeadName] as const);
  const known = new Map([...classes, ...Object.entries(kind.alsoReads ?? {})]);
  const head = known.get(named as string);
  if (head !== undefined) return head;
  const message = `${path}: architectures names ${shown(named)}. Of ${kind.modelType} Heed opens: ${[...known.keys()].join(", ")}.`;
  throw new HeedError("MODEL_UNSUPPORTED", message, { path });
}

/** Names of classes: given, or so many without names. */
function labelsOf({ id2label, num_labels: count }: JsonObject): JsonObject {
  if (id2label !== undefined && id2label !== null) return { id2label };
  if (!(typeof count === "number" && Number.isInteger(count) && count > 0 && count <= 65_536)) return {};
  return { id2label: Object.fromEntries(Array.from({ length: count }, (_, i) => [i, `LABEL_${i}`])) };
}

function classesJson({ id2label, problemType }: { id2label: Readonly<Record<string, string>>; problemType?: string }) {
  const label2id = Object.fromEntries(Object.entries(id2label).map(([id, label]) => [label, Number(id)]));
  return { id2label, label2id, ...(problemType ? { problem_type: problemType } : {}) };
}

/** The first of several ends is the config's; all stand in the generation_config.json. Without padding, an end fills up. */
function idsOf(json: JsonObject, defaults: JsonObject): JsonObject {
  const idAt = (key: string) => [json[key] === undefined ? defaults[key] : json[key]].flat()[0] ?? undefined;
  const eosTokenId = idAt("eos_token_id");
  return { eosTokenId, padTokenId: idAt("pad_token_id") ?? eosTokenId ?? 0 };
}

const defined = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
