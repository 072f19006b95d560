import { llama as family, headWidth, keyHeads, type LlamaConfig, layerTypeOf } from "../../models/llama/index.ts";
import type { RopeParameters } from "../../models/rope.ts";
import type { JsonObject } from "../files.ts";
import type { Kind } from "../kind.ts";
import { headAt, type LayoutTable, layoutOf, linearAt, normAt, tableAt } from "../layout.ts";
import { type RopeDefaults, readRope, writeRope } from "../rope.ts";

type Key = keyof LlamaConfig;

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

/** How many heads there are and how wide, with the defaults of a kind. A null means that it is derived. */
export function readHeads(
  json: JsonObject,
  defaults: { heads: number; keyHeads?: number; headDim?: number; width: number },
) {
  const { hidden_size: width = defaults.width, num_attention_heads: heads = defaults.heads } = json;
  const { num_key_value_heads: ofKeys = defaults.keyHeads, head_dim: dim = defaults.headDim } = json;
  return { numKeyValueHeads: ofKeys ?? heads, headDim: dim ?? Math.floor(Number(width) / Number(heads)) };
}

/** Rotary positions of whole heads: those that turn plainly, Python's classes know no other share of. */
export function readWholeRope(json: JsonObject, path: string, defaults: RopeDefaults): JsonObject {
  const rope = readRope(json, path, defaults);
  return wholeRope({ partialRotaryFactor: json.partial_rotary_factor ?? 1, ...rope });
}

export const wholeRope = (rope: JsonObject): JsonObject =>
  rope.ropeType === "default" ? { ...rope, partialRotaryFactor: 1 } : rope;

/** Windows where some layers have them, else none. */
export function windows(layerTypes: unknown, slidingWindow: unknown, layers: unknown) {
  const isWindowed = Array.isArray(layerTypes) && layerTypes.slice(0, Number(layers)).includes("sliding_attention");
  return isWindowed
    ? { layerTypes, slidingWindow: slidingWindow ?? undefined }
    : { layerTypes: undefined, slidingWindow: undefined };
}

/** The keys that every kind writes as its class derives them. */
export const writtenHeads = (config: LlamaConfig): JsonObject => ({
  num_key_value_heads: keyHeads(config),
  head_dim: headWidth(config),
});

export const writtenRope = (config: LlamaConfig): JsonObject => writeRope(config.ropeParameters);

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
