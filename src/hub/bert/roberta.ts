import { type BertConfig, bert as family } from "../../models/bert/index.ts";
import type { JsonObject } from "../files.ts";
import { formatOf } from "../kind-format.ts";
import { layoutOf, linearAt, normAt } from "../layout.ts";
import { biasBeside, encoderKeys, encoderLayout, fitsEncoder, oldNormName, poolerFrom } from "./encoder.ts";

/** RoBERTa, whose positions count from the id of padding, and XLM-RoBERTa, which computes the same. */
const robertaOf = (modelType: string, className: string) =>
  formatOf<BertConfig>({
    modelType,
    family,
    fits: (config) =>
      fitsEncoder(config) &&
      config.positionsFromPadding &&
      config.classifierInputDropout === (config.classifierDropout ?? config.hiddenDropout) &&
      config.predictionAct === "gelu",
    architectures: {
      maskedToken: `${className}ForMaskedLM`,
      sequenceClass: `${className}ForSequenceClassification`,
      tokenClass: `${className}ForTokenClassification`,
      span: `${className}ForQuestionAnswering`,
      states: `${className}Model`,
    },
    keys: {
      ...encoderKeys,
      defaults: { ...encoderKeys.defaults, pad_token_id: 1, eos_token_id: 2 },
      derived: (json) => ({
        ...positionsOf(json),
        classifierInputDropout: json.classifier_dropout ?? json.hidden_dropout_prob ?? 0.1,
      }),
      written: ({ maxPositionEmbeddings: longest, padTokenId }) => ({
        max_position_embeddings: longest + padTokenId + 1,
      }),
    },
    prefix: "roberta.",
    backbone: ["embeddings.", "encoder.", "pooler."],
    found: poolerFrom("roberta."),
    oldName: oldNormName,
    copies: biasBeside("lm_head"),
    ignored: [/^roberta\.embeddings\.(position_ids|token_type_ids)$/, /^roberta\.pooler\./, /^lm_head\./],
    layout: ({ head, tieWordEmbeddings }) =>
      layoutOf({
        ...encoderLayout("roberta.", head),
        ...(head === "sequenceClass" ? linearAt("pooler", "classifier.dense") : {}),
        ...(head === "sequenceClass" ? linearAt("head", "classifier.out_proj") : {}),
        ...linearAt("prediction.transform", "lm_head.dense"),
        ...normAt("prediction.norm", "lm_head.layer_norm"),
        ...linearAt("prediction.output", tieWordEmbeddings ? "lm_head" : "lm_head.decoder"),
      }),
  });

/** The table has rows for ids up to that of padding too, which no position has: the longest sequence is shorter. */
function positionsOf({ max_position_embeddings: rows = 512, pad_token_id }: JsonObject) {
  const padTokenId = pad_token_id ?? 1;
  const isCount = typeof rows === "number" && typeof padTokenId === "number";
  return {
    positionsFromPadding: true,
    padTokenId,
    maxPositionEmbeddings: isCount ? rows - padTokenId - 1 : rows,
  };
}

export const roberta = robertaOf("roberta", "Roberta");
export const xlmRoberta = robertaOf("xlm-roberta", "XLMRoberta");
