import { type BertConfig, bert as family } from "../../models/bert/index.ts";
import { formatOf } from "../kind-format.ts";
import { layoutOf, linearAt, normAt } from "../layout.ts";
import { biasBeside, encoderKeys, encoderLayout, fitsEncoder, oldNormName, poolerFrom } from "./encoder.ts";

/** BERT: the first state, pooled, tells of the whole sequence. */
export const bert = formatOf<BertConfig>({
  modelType: "bert",
  family,
  fits: (config) =>
    fitsEncoder(config) &&
    !config.positionsFromPadding &&
    config.classifierInputDropout === 0 &&
    config.predictionAct === config.hiddenAct,
  architectures: {
    maskedToken: "BertForMaskedLM",
    sequenceClass: "BertForSequenceClassification",
    tokenClass: "BertForTokenClassification",
    span: "BertForQuestionAnswering",
    states: "BertModel",
  },
  alsoReads: { BertForPreTraining: "maskedToken" },
  keys: { ...encoderKeys, derived: ({ hidden_act = "gelu" }) => ({ predictionAct: hidden_act }) },
  prefix: "bert.",
  backbone: ["embeddings.", "encoder.", "pooler."],
  found: poolerFrom("bert."),
  oldName: oldNormName,
  copies: biasBeside("cls.predictions"),
  ignored: [/^bert\.embeddings\.(position_ids|token_type_ids)$/, /^bert\.pooler\./, /^cls\./],
  layout: ({ head, tieWordEmbeddings }) =>
    layoutOf({
      ...encoderLayout("bert.", head),
      ...linearAt("prediction.transform", "cls.predictions.transform.dense"),
      ...normAt("prediction.norm", "cls.predictions.transform.LayerNorm"),
      ...linearAt("prediction.output", tieWordEmbeddings ? "cls.predictions" : "cls.predictions.decoder"),
    }),
});
