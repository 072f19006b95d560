import type { BertConfig } from "../../models/bert/index.ts";
import type { HeadName } from "../../models/heads.ts";
import type { JsonObject } from "../files.ts";
import type { Found, Keys } from "../kind.ts";
import { headAt, type LayoutTable, linearAt, normAt, tableAt } from "../layout.ts";
import type { Weights } from "../weights.ts";

/** What the config.json of BERT and that of RoBERTa have in common. */
export const encoderKeys = {
  names: { hiddenDropout: "hidden_dropout_prob", attentionDropout: "attention_probs_dropout_prob" },
  defaults: {
    vocab_size: 30522,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    hidden_act: "gelu",
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    max_position_embeddings: 512,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
    tie_word_embeddings: true,
  } as JsonObject,
  unwritten: [
    "positionsFromPadding",
    "sinusoidalPosEmbds",
    "attentionOutputDropout",
    "classifierInputDropout",
    "qaDropout",
    "classifierActivation",
    "predictionAct",
    "addPoolingLayer",
  ],
  only: { is_decoder: [false], position_embedding_type: ["absolute"] },
} as const satisfies Partial<Keys<BertConfig>>;

/** Whether dropout, the pooler and segments are where BERT and RoBERTa have them. */
export const fitsEncoder = (config: BertConfig): boolean =>
  config.typeVocabSize > 0 &&
  config.classifierActivation === "tanh" &&
  (config.attentionOutputDropout ?? config.hiddenDropout) === config.hiddenDropout &&
  config.qaDropout === 0 &&
  !config.sinusoidalPosEmbds;

/** Where BERT and RoBERTa have what is no head for masked tokens. */
export const encoderLayout = (prefix: string, head: HeadName): LayoutTable => ({
  ...tableAt("embedding.tokens", `${prefix}embeddings.word_embeddings`),
  ...tableAt("embedding.positions", `${prefix}embeddings.position_embeddings`),
  ...tableAt("embedding.types", `${prefix}embeddings.token_type_embeddings`),
  ...normAt("embedding.norm", `${prefix}embeddings.LayerNorm`),
  ...linearAt("layers.*.attention.query", `${prefix}encoder.layer.*.attention.self.query`),
  ...linearAt("layers.*.attention.key", `${prefix}encoder.layer.*.attention.self.key`),
  ...linearAt("layers.*.attention.value", `${prefix}encoder.layer.*.attention.self.value`),
  ...linearAt("layers.*.attention.output", `${prefix}encoder.layer.*.attention.output.dense`),
  ...normAt("layers.*.attentionNorm", `${prefix}encoder.layer.*.attention.output.LayerNorm`),
  ...linearAt("layers.*.feedForward.in", `${prefix}encoder.layer.*.intermediate.dense`),
  ...linearAt("layers.*.feedForward.out", `${prefix}encoder.layer.*.output.dense`),
  ...normAt("layers.*.feedForwardNorm", `${prefix}encoder.layer.*.output.LayerNorm`),
  ...linearAt("pooler", `${prefix}pooler.dense`),
  ...headAt(head, { sequenceClass: "classifier", tokenClass: "classifier", span: "qa_outputs" }),
});

/** Whether a model without a head has a pooler, its file tells. */
export const poolerFrom =
  (prefix: string) =>
  async ({ head }: BertConfig, weights: Weights): Promise<Found<BertConfig>> => {
    return { config: head === "states" ? { addPoolingLayer: weights.has(`${prefix}pooler.dense.weight`) } : {} };
  };

/** The names of TensorFlow's checkpoints, which the first conversions kept. */
export const oldNormName = (name: string): string =>
  name.replace(/LayerNorm\.gamma$/, "LayerNorm.weight").replace(/LayerNorm\.beta$/, "LayerNorm.bias");

/** The bias of the output projection stands beside it too; where the projection is the embeddings, there only. */
export const biasBeside =
  (prefix: string) =>
  ({ head, tieWordEmbeddings }: BertConfig): Readonly<Record<string, string>> =>
    head === "maskedToken" && !tieWordEmbeddings ? { [`${prefix}.bias`]: `${prefix}.decoder.bias` } : {};
