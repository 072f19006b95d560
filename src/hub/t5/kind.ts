import { HeedError } from "../../error.ts";
import { shown } from "../../json.ts";
import { activationOf, t5 as family, hasDecoder, type T5Config } from "../../models/t5/index.ts";
import type { JsonObject } from "../files.ts";
import type { FolderFormat } from "../format.ts";
import { behindIt } from "../keys.ts";
import type { Keys } from "../kind.ts";
import { formatOf } from "../kind-format.ts";
import { readTables } from "./embeddings.ts";
import { t5Layout } from "./layout.ts";

/** What tells T5, mT5 and umT5 apart. */
export interface T5Kind {
  readonly modelType: string;
  /** What the names of its classes begin with. */
  readonly classes: string;
  fits(config: T5Config): boolean;
  /** Other defaults than T5's. */
  readonly defaults?: JsonObject;
  /** Whether states are scaled before the output projection. */
  scaled(json: JsonObject): unknown;
  readonly shareRelativeAttentionBias: boolean;
  readonly unwritten: NonNullable<Keys<T5Config>["unwritten"]>;
}

/** The defaults of T5's config. It names no start token; all folders that generate have the padding token. */
const t5Defaults = {
  vocab_size: 32128,
  d_model: 512,
  d_kv: 64,
  d_ff: 2048,
  num_layers: 6,
  num_heads: 8,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  dropout_rate: 0.1,
  layer_norm_epsilon: 1e-6,
  initializer_factor: 1,
  feed_forward_proj: "relu",
  pad_token_id: 0,
  eos_token_id: 1,
  decoder_start_token_id: 0,
  classifier_dropout: 0,
};

/** The folders of one kind of T5. */
export function t5FormatOf(kind: T5Kind): FolderFormat<T5Config> {
  const { modelType, classes, fits, shareRelativeAttentionBias, unwritten } = kind;
  const defaults = { ...t5Defaults, ...kind.defaults };
  return formatOf<T5Config>({
    modelType,
    family,
    fits,
    architectures: {
      sequenceToSequence: `${classes}ForConditionalGeneration`,
      sequenceClass: `${classes}ForSequenceClassification`,
      tokenClass: `${classes}ForTokenClassification`,
      span: `${classes}ForQuestionAnswering`,
      states: `${classes}EncoderModel`,
    },
    // The class without an output projection: `transformers` reads it with one that is tied.
    alsoReads: { [`${classes}Model`]: "sequenceToSequence", T5WithLMHeadModel: "sequenceToSequence" },
    keys: {
      names: {
        hiddenSize: "d_model",
        headDim: "d_kv",
        intermediateSize: "d_ff",
        numHiddenLayers: "num_layers",
        numAttentionHeads: "num_heads",
        layerNormEps: "layer_norm_epsilon",
        maxPositionEmbeddings: "n_positions",
      },
      defaults,
      derived(json, path) {
        checkActivation(behindIt(json, defaults), path);
        return { scaleDecoderOutputs: kind.scaled(json), tieWordEmbeddings: true, shareRelativeAttentionBias };
      },
      written(config) {
        const { activation, gated } = activationOf(config);
        return { is_encoder_decoder: hasDecoder(config), dense_act_fn: activation, is_gated_act: gated };
      },
      unwritten: ["shareRelativeAttentionBias", ...unwritten],
      only: { is_decoder: [false] },
    },
    layout: t5Layout,
    prefix: "",
    backbone: [],
    ignored: [/^(transformer\.)?decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/],
    found: readTables,
  });
}

/** Whether a config.json says that states are scaled; where the key is missing, the one of tied tables does. */
export function scaledAsTold(json: JsonObject): unknown {
  const isTold = Object.hasOwn(json, "scale_decoder_outputs");
  return isTold ? (json.scale_decoder_outputs ?? false) : json.tie_word_embeddings !== false;
}

/** What follows from feed_forward_proj is written beside it, and holds in `transformers`. Errors: MODEL_UNSUPPORTED. */
function checkActivation({ feed_forward_proj, dense_act_fn, is_gated_act }: JsonObject, path: string): void {
  if (typeof feed_forward_proj !== "string") return; // The schema says what it must be.
  const { activation, gated } = activationOf({ feedForwardProj: feed_forward_proj } as never);
  const isSame = (dense_act_fn ?? activation) === activation && (is_gated_act ?? gated) === gated;
  if (isSame) return;
  const found = `dense_act_fn is ${shown(dense_act_fn)} and is_gated_act ${shown(is_gated_act)}`;
  const message = `${path}: ${found}, but feed_forward_proj ${shown(feed_forward_proj)}. Heed computes what the latter says.`;
  throw new HeedError("MODEL_UNSUPPORTED", `${message} Make them agree.`, { path });
}
