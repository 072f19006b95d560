import { llama as family, headWidth, keyHeads, type LlamaConfig, layerTypeOf } from "../../models/llama/index.ts";
import type { RopeParameters } from "../../models/rope.ts";
import { numberOf } from "../config.ts";
import type { JsonObject } from "../files.ts";
import type { Kind } from "../kind.ts";
import { headAt, type LayoutTable, layoutOf, linearAt, normAt, tableAt } from "../layout.ts";
import { readRope, writeRope } from "../rope.ts";
import { readTied } from "../tied.ts";

type Key = keyof LlamaConfig;

/** What the classes of several kinds take where these keys are absent. */
export const usualDefaults = {
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  tie_word_embeddings: false,
} as const;

/** Keys of one class for tokens that Heed computes in one way only. */
export const onlyBiased = { token_classification_bias: [true] } as const;

/** Classes of one name with an ending for each head. */
export const classesOf = (name: string) => ({
  nextToken: `${name}ForCausalLM`,
  sequenceClass: `${name}ForSequenceClassification`,
  tokenClass: `${name}ForTokenClassification`,
  span: `${name}ForQuestionAnswering`,
  states: `${name}Model`,
});

/** What all kinds of Llama have in common. */
export const common = {
  family,
  backbone: ["embed_tokens.", "layers.", "norm."],
  ignored: [/^(model|transformer)\.(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$/, /^lm_head\.weight$/],
  found: (config, weights) => readTied(config, weights, "model.embed_tokens.weight", "lm_head.weight"),
} as const satisfies Partial<Kind<LlamaConfig>>;

/** Keys of which the config.json of most kinds has none. */
export const rare = [
  "slidingRopeParameters",
  "attentionOutputBias",
  "useQkNorm",
  "normalizeAfter",
  "zeroCenteredNorms",
  "scaleEmbedding",
  "queryPreAttnScalar",
  "finalLogitSoftcapping",
] as const satisfies readonly Key[];

/** Whether a model has nothing that Gemma only has. */
export const isPlain = (config: LlamaConfig): boolean =>
  !(config.normalizeAfter || config.zeroCenteredNorms || config.scaleEmbedding) &&
  [config.slidingRopeParameters, config.finalLogitSoftcapping].every((value) => value === undefined) &&
  (config.queryPreAttnScalar ?? headWidth(config)) === headWidth(config) &&
  turnsWhole(config.ropeParameters);

/** Whether heads are turned whole, as the classes of all kinds do. */
export const turnsWhole = ({ partialRotaryFactor }: RopeParameters): boolean => partialRotaryFactor === 1;

export const turnsEverywhere = ({ noRopeLayers, numHiddenLayers }: LlamaConfig): boolean =>
  !noRopeLayers?.slice(0, numHiddenLayers).includes(0);

/** What each layer sees, all written out. */
export const allLayerTypes = (config: LlamaConfig) =>
  Array.from({ length: config.numHiddenLayers }, (_, layer) => layerTypeOf(config, layer));

export const slides = (config: LlamaConfig): boolean => allLayerTypes(config).includes("sliding_attention");

/**
 * What all kinds read alike.
 *
 * @param json With the class's defaults where keys are absent: a null means that a number follows from others.
 */
export function readShape(json: JsonObject, path: string) {
  const { num_attention_heads: heads, num_key_value_heads: ofKeys, head_dim: dim, hidden_size: width } = json;
  return {
    numKeyValueHeads: ofKeys ?? heads,
    headDim: dim ?? Math.floor(numberOf(width) / numberOf(heads)),
    classifierDropout: json.classifier_dropout ?? json.hidden_dropout ?? 0.1,
    ropeParameters: wholeRope({ partialRotaryFactor: json.partial_rotary_factor ?? 1, ...readRope(json, path) }),
  };
}

/** Where positions turn plainly, Python's classes do not read which share of a head does. */
export const wholeRope = (rope: JsonObject): JsonObject =>
  rope.ropeType === "default" ? { ...rope, partialRotaryFactor: 1 } : rope;

/** A list with an entry for each layer, where the number of layers is one that is read on. */
export const perLayer = <T>({ num_hidden_layers: count }: JsonObject, entry: (layer: number) => T): T[] =>
  Array.from({ length: typeof count === "number" && count <= 1024 ? count : 0 }, (_, layer) => entry(layer));

/** Windows, where some layers have them. */
export function readWindows(layerTypes: unknown, slidingWindow: unknown) {
  const isWhole = Array.isArray(layerTypes) && layerTypes.every((type) => type === "full_attention");
  return isWhole
    ? { layerTypes: undefined, slidingWindow: undefined }
    : { layerTypes, slidingWindow: slidingWindow ?? undefined };
}

/** Windows as Qwen 2 and 3 have them: from some layer on, unless each says what it sees. */
export function readLateWindows(json: JsonObject) {
  const { layer_types: types, use_sliding_window: isUsed, sliding_window: window, max_window_layers: first } = json;
  const isLate = (layer: number) => isUsed === true && window !== null && layer >= numberOf(first);
  const derived = perLayer(json, (layer) => (isLate(layer) ? "sliding_attention" : "full_attention"));
  return readWindows(types ?? derived, isUsed === true ? window : undefined);
}

/** The keys that `readLateWindows` reads. */
export function writtenWindows(config: LlamaConfig): JsonObject {
  const types = allLayerTypes(config);
  const first = types.indexOf("sliding_attention");
  return {
    use_sliding_window: first >= 0,
    sliding_window: first >= 0 ? config.slidingWindow : null,
    max_window_layers: first >= 0 ? first : types.length,
    layer_types: types,
  };
}

/** The keys that most kinds write as `readShape` reads them. */
export const writtenShape = (config: LlamaConfig): JsonObject => ({
  num_key_value_heads: keyHeads(config),
  head_dim: headWidth(config),
  ...writeRope(config.ropeParameters),
});

/** Where parameters lie, behind `prefix`. */
export function layoutAt(prefix: string, { head, normalizeAfter }: LlamaConfig) {
  const [layer, to] = ["layers.*", `${prefix}layers.*`];
  const norms: LayoutTable = normalizeAfter
    ? {
        ...normAt(`${layer}.attentionOutputNorm`, `${to}.post_attention_layernorm`),
        ...normAt(`${layer}.feedForwardNorm`, `${to}.pre_feedforward_layernorm`),
        ...normAt(`${layer}.feedForwardOutputNorm`, `${to}.post_feedforward_layernorm`),
      }
    : normAt(`${layer}.feedForwardNorm`, `${to}.post_attention_layernorm`);
  return layoutOf({
    ...tableAt("embedding.tokens", `${prefix}embed_tokens`),
    ...normAt(`${layer}.attentionNorm`, `${to}.input_layernorm`),
    ...linearAt(`${layer}.attention.query`, `${to}.self_attn.q_proj`),
    ...linearAt(`${layer}.attention.key`, `${to}.self_attn.k_proj`),
    ...linearAt(`${layer}.attention.value`, `${to}.self_attn.v_proj`),
    ...linearAt(`${layer}.attention.output`, `${to}.self_attn.o_proj`),
    ...normAt(`${layer}.attention.queryNorm`, `${to}.self_attn.q_norm`),
    ...normAt(`${layer}.attention.keyNorm`, `${to}.self_attn.k_norm`),
    ...norms,
    ...linearAt(`${layer}.feedForward.gate`, `${to}.mlp.gate_proj`),
    ...linearAt(`${layer}.feedForward.in`, `${to}.mlp.up_proj`),
    ...linearAt(`${layer}.feedForward.out`, `${to}.mlp.down_proj`),
    ...normAt("norm", `${prefix}norm`),
    ...linearAt("output", "lm_head"),
    ...headAt(head, { sequenceClass: "score", tokenClass: "score", span: "qa_outputs" }),
  });
}

/** What stands before names: the classes for spans of most kinds call the model otherwise. */
export const prefixOf = ({ head }: LlamaConfig): string => (head === "span" ? "transformer." : "model.");
