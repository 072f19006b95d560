import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import type { ModelConfig } from "../models/family.ts";
import type { HeadName } from "../models/heads.ts";
import { toSnakeCase } from "./config.ts";
import type { JsonObject } from "./files.ts";
import type { Keys, Kind } from "./kind.ts";

/** Keys of any config.json that would change numbers, and the values that do not. */
const onlyCommon: Readonly<Record<string, readonly unknown[]>> = {
  quantization_config: [],
  pruned_heads: [{}],
  add_cross_attention: [false],
  // transformers computes attention in both directions where a decoder says so.
  is_causal: [true],
};

/** Keys of any config.json that change no number: about the file, the training, the tokenizer, or how text is generated. */
const inertCommon: readonly string[] = [
  ...[
    "model_type",
    "architectures",
    "transformers_version",
    "_name_or_path",
    "dtype",
    "torch_dtype",
    "is_encoder_decoder",
  ],
  ...["id2label", "label2id", "num_labels", "_num_labels", "finetuning_task", "task_specific_params", "problem_type"],
  ...["bos_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "unk_token_id", "decoder_start_token_id"],
  ...[
    "use_cache",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "return_dict",
    "torchscript",
    "use_bfloat16",
  ],
  ...["gradient_checkpointing", "tokenizer_class", "prefix", "attn_implementation", "_attn_implementation", "auto_map"],
  ...[
    "initializer_range",
    "initializer_factor",
    "init_std",
    "pretraining_tp",
    "layerdrop",
    "encoder_layerdrop",
    "decoder_layerdrop",
    "model_max_length",
    "transformers.js_config",
  ],
  ...["max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty"],
  ...["temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size"],
  ...[
    "encoder_no_repeat_ngram_size",
    "bad_words_ids",
    "num_return_sequences",
    "output_scores",
    "remove_invalid_values",
  ],
  ...[
    "return_dict_in_generate",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "suppress_tokens",
    "begin_suppress_tokens",
  ],
  ...["exponential_decay_length_penalty", "tie_encoder_decoder", "cross_attention_hidden_size", "tf_legacy_loss"],
];

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
    const isRead = !keys.unwritten?.includes(key as keyof C);
    return [key, (isRead ? json[name] : undefined) ?? keys.defaults[name]] as const;
  });
  const known = Object.fromEntries(stated.filter(([, value]) => value !== undefined && value !== null));
  const head = headOfFolder(kind, json, path);
  return defined({ ...known, ...labelsOf(json), ...idsOf(json, keys.defaults), head, ...keys.derived?.(json, path) });
}

/**
 * The keys of a config.json that nothing here reads, nor knows to change no number. Classes of `transformers` ignore keys
 * that they do not know, and so does Heed: but a person should hear of them.
 */
export function unknownKeys<C extends ModelConfig>(kind: KeyedKind<C>, json: JsonObject, path: string): string[] {
  const known = new Set<PropertyKey>([...inertCommon, ...(kind.keys.inert ?? [])]);
  const noting = new Proxy(json, {
    get(target, key) {
      known.add(key);
      return Reflect.get(target, key);
    },
  });
  configOf(kind, noting, path);
  return Object.keys(json).filter((key) => !known.has(key));
}

/** An object, and what stands for the keys that it lacks. Reading one key reads no other. */
export const behindIt = (json: JsonObject, defaults: JsonObject): JsonObject =>
  new Proxy(json, { get: (target, key) => Reflect.get(Object.hasOwn(target, key) ? target : defaults, key) });

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
    ...(keys.defaults.eos_token_id === undefined ? {} : { eos_token_id: null }),
    ...Object.fromEntries(own.map(([key, value]) => [nameOf(keys, key as keyof C & string), value ?? null])),
    ...(["sequenceClass", "tokenClass"].includes(head) ? classesJson(config as never) : {}),
    ...keys.written?.(config),
  };
}

const nameOf = <C>({ names }: Keys<C>, key: keyof C & string): string => names[key] ?? toSnakeCase(key);

function refuseOthers(only: Keys<never>["only"], json: JsonObject, path: string): void {
  for (const [key, values] of Object.entries(only)) {
    const found = json[key] ?? null;
    if (found === null || values.some((value) => JSON.stringify(value) === JSON.stringify(found))) continue;
    const known =
      values.length === 0 ? "Heed does not have that" : `Heed computes ${values.map(shown).join(" or ")} only`;
    throw new HeedError("MODEL_UNSUPPORTED", `${path}: ${key} is ${shown(found)}: ${known}.`, { path });
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
