import { scaledAsTold, t5FormatOf } from "./kind.ts";
import { multilingualDefaults } from "./mt5.ts";

/** umT5: each layer has its own biases of relative positions. */
export const umt5 = t5FormatOf({
  modelType: "umt5",
  classes: "UMT5",
  fits: ({ shareRelativeAttentionBias }) => !shareRelativeAttentionBias,
  defaults: multilingualDefaults,
  scaled: scaledAsTold,
  shareRelativeAttentionBias: false,
  unwritten: [],
});
