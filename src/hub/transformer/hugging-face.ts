import { type TransformerConfig, transformer } from "../../models/transformer/index.ts";
import { without } from "../config.ts";
import type { JsonObject } from "../files.ts";
import type { FolderFormat } from "../format.ts";
import { configOf, jsonOf, type KeyedKind, unknownKeys } from "../keys.ts";
import { type TransformerKind, transformerFormat } from "./format.ts";

/** What Hugging Face's classes have by their name, and Heed by keys of the config. */
type Structure = Pick<
  TransformerConfig,
  "normalizeBefore" | "layernormEmbedding" | "positionEmbeddings" | "positionOffset"
>;

/** One `model_type` of Hugging Face's that is a Transformer. */
export interface HuggingFaceType
  extends Pick<KeyedKind<TransformerConfig>, "modelType" | "architectures" | "alsoReads">,
    Partial<Pick<TransformerKind, "hasBias" | "readPositions" | "storedPositions">> {
  readonly structure: Structure;
  /** What the class takes where a key is absent, where it is not what most take. */
  readonly defaults: JsonObject;
  /** Whether it can express which tables are shared; unless told, one table serves source, target and output. */
  fitsTables?(config: TransformerConfig): boolean;
  /** What its keys say in a way of their own. */
  derived?(json: JsonObject): Partial<TransformerConfig>;
  /** What is written beside the keys of the config. */
  written?(config: TransformerConfig): JsonObject;
}

/** The defaults that most of the classes have in common. */
const commonDefaults = {
  d_model: 1024,
  encoder_layers: 12,
  decoder_layers: 12,
  encoder_attention_heads: 16,
  decoder_attention_heads: 16,
  encoder_ffn_dim: 4096,
  decoder_ffn_dim: 4096,
  activation_function: "gelu",
  dropout: 0.1,
  attention_dropout: 0,
  activation_dropout: 0,
  max_position_embeddings: 1024,
  scale_embedding: false,
  tie_word_embeddings: true,
} as const;

/** The format of those folders. */
export function huggingFaceFormat(type: HuggingFaceType): FolderFormat<TransformerConfig> {
  const { modelType, structure, fitsTables = hasOneTable } = type;
  const kind: KeyedKind<TransformerConfig> = {
    ...type,
    family: transformer,
    keys: {
      names: {},
      defaults: { ...commonDefaults, ...type.defaults },
      derived: (json) => ({
        ...{ shareEncoderDecoderEmbeddings: true, decoderVocabSize: undefined },
        // No key of Hugging Face's: Heed writes it where a bias of zeros is not the same as none.
        finalLogitsBias: json.final_logits_bias ?? false,
        ...structure,
        ...type.derived?.(json),
      }),
      unwritten: [
        ...(["positionEmbeddings", "positionOffset", "layernormEmbedding", "decoderVocabSize"] as const),
        ...(["finalLogitsBias", "shareEncoderDecoderEmbeddings"] as const),
      ],
      only: { is_encoder_decoder: [true], is_decoder: [false] },
      // The classes' names say these; older files, and other programs, have them as keys.
      inert: [
        ...["normalize_embedding", "normalize_before", "add_final_layer_norm", "add_bias_logits"],
        ...["static_position_embeddings", "extra_pos_embeddings", "force_bos_token_to_be_generated", "classif_dropout"],
        ...["num_hidden_layers"],
      ],
    },
  };
  return transformerFormat({
    modelType,
    hasBias: type.hasBias,
    fits: (config) =>
      Object.entries(structure).every(([key, value]) => config[key as keyof Structure] === value) &&
      config.head in type.architectures &&
      (type.hasBias !== false || !config.finalLogitsBias) &&
      fitsTables(config),
    readConfig(json, path) {
      const config = configOf(kind, json, path);
      return config.head === "sequenceClass"
        ? config
        : without(config, ["id2label", "problemType", "classifierDropout"]);
    },
    unknownKeys: (json, path) => unknownKeys(kind, json, path),
    configJson: (config) => ({ ...jsonOf(kind, config), ...forOthers(config), ...type.written?.(config) }),
    readPositions: type.readPositions ?? (async () => ({ config: {}, parameters: new Map() })),
    storedPositions: type.storedPositions ?? (() => new Map()),
  });
}

const hasOneTable = ({ shareEncoderDecoderEmbeddings, tieWordEmbeddings }: TransformerConfig) =>
  shareEncoderDecoderEmbeddings && tieWordEmbeddings;

/**
 * Keys of the norms tell CTranslate2's converter what `transformers` takes from the name of the class, and nothing is to
 * be forced that generation_config.json does not force.
 */
const forOthers = ({ layernormEmbedding }: TransformerConfig): JsonObject => ({
  normalize_embedding: layernormEmbedding,
  forced_eos_token_id: null,
});
