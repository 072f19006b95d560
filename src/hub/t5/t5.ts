import { scaledAsTold, t5FormatOf } from "./kind.ts";

/** T5, 1.0, 1.1 and Flan. Folders of old say by a projection that is not tied that states are not scaled. */
export const t5 = t5FormatOf({
  modelType: "t5",
  classes: "T5",
  fits: ({ shareRelativeAttentionBias }) => shareRelativeAttentionBias,
  scaled: scaledAsTold,
  shareRelativeAttentionBias: true,
  unwritten: [],
});
