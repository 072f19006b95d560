import { type Draw, pick } from "../draw.ts";
import { jsonMutations } from "./json.ts";
import { type Mutation, ofText } from "./mutation.ts";

/** Keys that configs have beside those of a seed, and those that say how large a model is. */
const KEYS = [
  ...["model_type", "architectures", "num_labels", "id2label", "problem_type", "tie_word_embeddings", "torch_dtype"],
  ...["vocab_size", "hidden_size", "d_model", "num_hidden_layers", "n_layer", "num_layers", "num_decoder_layers"],
  ...[
    "num_attention_heads",
    "n_head",
    "num_key_value_heads",
    "head_dim",
    "intermediate_size",
    "d_kv",
    "d_ff",
    "n_inner",
  ],
  ...["max_position_embeddings", "layer_types", "sliding_window", "sliding_window_pattern", "max_window_layers"],
  ...[
    "no_rope_layers",
    "no_rope_layer_interval",
    "use_sliding_window",
    "global_attn_every_n_layers",
    "local_attention",
  ],
  ...["rope_theta", "rope_scaling", "rope_parameters", "rotary_pct", "partial_rotary_factor", "rope_local_base_freq"],
  ...["original_max_position_embeddings", "layer_norm_eps", "rms_norm_eps", "attention_bias", "hidden_act"],
  ...["hidden_activation", "feed_forward_proj", "relative_attention_num_buckets", "relative_attention_max_distance"],
  ...["pad_token_id", "eos_token_id", "decoder_start_token_id", "type_vocab_size", "position_embedding_type"],
  ...["query_pre_attn_scalar", "final_logit_softcapping", "classifier_pooling", "quantization_config", "pruned_heads"],
];

const NUMBERS = [-1, 0, 0.5, 1, 2, 3, 4, 7, 32, 1023, 1e5, 1e9, 1e12, 2 ** 53, 1e308, -1e9, Number.MIN_VALUE];

/** What stands where a config says how positions turn, which layers see what, which class it is of, what is classified. */
const VALUES: readonly unknown[] = [
  ...["8", "NaN", "gelu", "gated-gelu", "cls", "mean", "bert", "__proto__", "constructor", true, false, null, [], {}],
  ...[
    ["__proto__"],
    ["constructor"],
    [null],
    [1],
    [{}],
    "LlamaForCausalLM",
    ["T5Model"],
    ["LlamaModel"],
    ["GPT2Model"],
  ],
  ...[["full_attention"], ["sliding_attention", "full_attention"], ["x", "y"], [0, 1], [1, 1, 1], [0.5, 0]],
  ...[{ 0: "a" }, { 0: "a", 1: "a" }, { 1: "b" }, { x: "y" }, { 0: 1 }, { "-1": "a" }, ["a", "b"], { __proto__: "x" }],
  { full_attention: { rope_type: "linear", factor: 0 }, sliding_attention: null },
  { full_attention: "x", sliding_attention: [1] },
];

const ropeTypes = ["default", "linear", "dynamic", "yarn", "llama3", "longrope", "__proto__", 1, null] as const;
const ropeKeys = [
  ...["rope_theta", "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings", "type"],
  ...["attention_factor", "mscale", "mscale_all_dim", "beta_fast", "beta_slow", "truncate", "partial_rotary_factor"],
];

function ropeOf(draw: Draw): object {
  const entries = Array.from({ length: draw(6) }, () => [pick(ropeKeys, draw), anyValue(draw, 3)]);
  return { rope_type: pick(ropeTypes, draw), ...Object.fromEntries(entries) };
}

function anyValue(draw: Draw, kinds = 4): unknown {
  const kind = draw(kinds);
  if (kind === 3) return ropeOf(draw);
  return kind === 2 ? pick(VALUES, draw) : pick(NUMBERS, draw);
}

/** Gives a known key another value, of a kind that some key has. */
const setKey: Mutation = ofText((text, draw) => {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return text; // Spoilt by an earlier mutation.
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) return text;
  const key = pick(draw(2) === 0 ? KEYS : [...KEYS, ...Object.keys(config)], draw);
  return JSON.stringify({ ...config, [key]: anyValue(draw) });
});

/** Mutations of a config.json: of any JSON, and such that the file still makes sense to a reader. */
export const configMutations: readonly Mutation[] = [...jsonMutations, ...Array<Mutation>(6).fill(setKey)];
