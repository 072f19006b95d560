import { t5FormatOf } from "./kind.ts";

/** The defaults of mT5 and umT5 where they are not T5's. */
export const multilingualDefaults = {
  vocab_size: 250112,
  d_ff: 1024,
  num_layers: 8,
  num_heads: 6,
  feed_forward_proj: "gated-gelu",
};

/** mT5, which never scales states. T5 says that, too: its models are saved as T5. */
export const mt5 = t5FormatOf({
  modelType: "mt5",
  classes: "MT5",
  fits: ({ shareRelativeAttentionBias, scaleDecoderOutputs }) => shareRelativeAttentionBias && !scaleDecoderOutputs,
  defaults: multilingualDefaults,
  scaled: () => false,
  shareRelativeAttentionBias: true,
  unwritten: ["scaleDecoderOutputs"],
});
