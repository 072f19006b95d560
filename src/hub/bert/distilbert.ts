import { type BertConfig, bert as family } from "../../models/bert/index.ts";
import type { JsonObject } from "../files.ts";
import { formatOf } from "../kind-format.ts";
import { headAt, layoutOf, linearAt, normAt, tableAt } from "../layout.ts";

const TOKEN_CLASSES = "DistilBertForTokenClassification";
/** What the class has for `LayerNorm` whatever a config says. */
const EPSILON = 1e-12;

/** DistilBERT: no segments, no pooler, and names of its own. */
export const distilbert = formatOf<BertConfig>({
  modelType: "distilbert",
  family,
  fits: (config) =>
    config.typeVocabSize === 0 &&
    !config.positionsFromPadding &&
    config.layerNormEps === EPSILON &&
    config.classifierActivation === "relu" &&
    config.classifierInputDropout === 0 &&
    config.attentionOutputDropout === 0 &&
    config.predictionAct === config.hiddenAct &&
    !(config.head === "states" && config.addPoolingLayer) &&
    !(config.head === "tokenClass" && (config.classifierDropout ?? config.hiddenDropout) !== config.hiddenDropout),
  architectures: {
    maskedToken: "DistilBertForMaskedLM",
    sequenceClass: "DistilBertForSequenceClassification",
    tokenClass: TOKEN_CLASSES,
    span: "DistilBertForQuestionAnswering",
    states: "DistilBertModel",
  },
  keys: {
    names: {
      hiddenSize: "dim",
      numHiddenLayers: "n_layers",
      numAttentionHeads: "n_heads",
      intermediateSize: "hidden_dim",
      hiddenAct: "activation",
      hiddenDropout: "dropout",
    },
    defaults: {
      vocab_size: 30522,
      max_position_embeddings: 512,
      sinusoidal_pos_embds: false,
      n_layers: 6,
      n_heads: 12,
      dim: 768,
      hidden_dim: 3072,
      dropout: 0.1,
      attention_dropout: 0.1,
      activation: "gelu",
      qa_dropout: 0.1,
      tie_word_embeddings: true,
    },
    derived: (json) => ({
      typeVocabSize: 0,
      layerNormEps: EPSILON,
      predictionAct: json.activation ?? "gelu",
      classifierActivation: "relu",
      attentionOutputDropout: 0,
      addPoolingLayer: false,
      classifierDropout: classifierDropout(json),
    }),
    written: ({ head, classifierDropout: rate, hiddenDropout }) =>
      head === "tokenClass" ? {} : { seq_classif_dropout: rate ?? hiddenDropout },
    unwritten: [
      "typeVocabSize",
      "layerNormEps",
      "predictionAct",
      "classifierActivation",
      "attentionOutputDropout",
      "classifierInputDropout",
      "classifierDropout",
      "positionsFromPadding",
      "addPoolingLayer",
    ],
    only: {},
  },
  prefix: "distilbert.",
  backbone: ["embeddings.", "transformer."],
  ignored: [/^distilbert\.embeddings\.position_ids$/, /^vocab_(transform|layer_norm|projector)\./],
  layout: ({ head }) =>
    layoutOf({
      ...tableAt("embedding.tokens", "distilbert.embeddings.word_embeddings"),
      ...tableAt("embedding.positions", "distilbert.embeddings.position_embeddings"),
      ...normAt("embedding.norm", "distilbert.embeddings.LayerNorm"),
      ...linearAt("layers.*.attention.query", "distilbert.transformer.layer.*.attention.q_lin"),
      ...linearAt("layers.*.attention.key", "distilbert.transformer.layer.*.attention.k_lin"),
      ...linearAt("layers.*.attention.value", "distilbert.transformer.layer.*.attention.v_lin"),
      ...linearAt("layers.*.attention.output", "distilbert.transformer.layer.*.attention.out_lin"),
      ...normAt("layers.*.attentionNorm", "distilbert.transformer.layer.*.sa_layer_norm"),
      ...linearAt("layers.*.feedForward.in", "distilbert.transformer.layer.*.ffn.lin1"),
      ...linearAt("layers.*.feedForward.out", "distilbert.transformer.layer.*.ffn.lin2"),
      ...normAt("layers.*.feedForwardNorm", "distilbert.transformer.layer.*.output_layer_norm"),
      ...linearAt("prediction.transform", "vocab_transform"),
      ...normAt("prediction.norm", "vocab_layer_norm"),
      ...linearAt("prediction.output", "vocab_projector"),
      ...linearAt("pooler", "pre_classifier"),
      ...headAt(head, { sequenceClass: "classifier", tokenClass: "classifier", span: "qa_outputs" }),
    }),
});

/** Classes of tokens have the dropout of all layers. */
function classifierDropout({ architectures, seq_classif_dropout: rate = 0.2 }: JsonObject): unknown {
  return Array.isArray(architectures) && architectures[0] === TOKEN_CLASSES ? undefined : rate;
}
