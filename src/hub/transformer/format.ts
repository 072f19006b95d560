import { float32, type TensorData } from "../../graph/tensor-data.ts";
import { flattenTree } from "../../graph/tree.ts";
import { writtenVocabSize } from "../../models/family.ts";
import { type TransformerConfig, transformer } from "../../models/transformer/index.ts";
import type { Parameter } from "../../nn/parameter.ts";
import { checkFolderConfig } from "../config.ts";
import type { JsonObject } from "../files.ts";
import type { FolderFormat } from "../format.ts";
import { readParameters, storeParameters } from "../layout.ts";
import type { Weights } from "../weights.ts";
import { type Found, readEmbeddings } from "./embeddings.ts";
import { BIAS, transformerLayout, UNUSED, wholeName } from "./names.ts";

/** What tells one `model_type` of the Transformer from another. */
export interface TransformerKind {
  readonly modelType: string;
  fits(config: TransformerConfig): boolean;
  /** Whether its files hold a bias of the logits, of zeros where the model has none; they do unless told. */
  readonly hasBias?: boolean | undefined;
  /** The config that a config.json states, before its weights are seen. Unchecked. */
  readConfig(json: JsonObject, path: string): JsonObject;
  /** The keys of a config.json that are neither read nor known to change nothing. */
  unknownKeys?(json: JsonObject, path: string): readonly string[];
  /** The keys of a config.json, beside those that every kind has. */
  configJson(config: TransformerConfig): JsonObject;
  /** The tables of positions of which the config does not tell. */
  readPositions(weights: Weights, config: TransformerConfig): Promise<Found>;
  /** The tables of positions that are written although they are no parameters. */
  storedPositions(config: TransformerConfig): ReadonlyMap<string, TensorData<"float32">>;
}

/** The folders of one kind of Transformer. */
export function transformerFormat(kind: TransformerKind): FolderFormat<TransformerConfig> {
  return {
    modelType: kind.modelType,
    family: transformer,
    fits: kind.fits,

    async open(json, weights, path) {
      const stated = checkFolderConfig(transformer, kind.readConfig(json, path), path);
      weights.checkLayers(stated.encoderLayers + stated.decoderLayers);
      weights.alias(wholeName);
      weights.ignore(UNUSED);
      const found: Found[] = [];
      for (const read of [readEmbeddings, readBias, kind.readPositions]) found.push(await read(weights, stated));
      const config: TransformerConfig = Object.assign({}, stated, ...found.map((part) => part.config));
      const known = new Map(found.flatMap((part) => [...part.parameters]));
      const parameters = await readParameters(parametersOf(config), transformerLayout(config), weights, known);
      return { family: transformer, config, parameters };
    },

    ...(kind.unknownKeys && { unknownKeys: kind.unknownKeys }),

    configJson(config) {
      const common = { model_type: kind.modelType, is_encoder_decoder: true, dtype: "float32" };
      const bias = config.finalLogitsBias ? { final_logits_bias: true } : {};
      return { ...common, ...kind.configJson(config), ...bias };
    },

    async tensors({ config, parameters }) {
      const stored = await storeParameters(parametersOf(config), transformerLayout(config), parameters);
      return new Map([...(kind.hasBias === false ? [] : noBias(config)), ...kind.storedPositions(config), ...stored]);
    },
  };
}

const parametersOf = (config: TransformerConfig) => flattenTree<Parameter>(transformer.spec(config));

/** Every file has a bias; one of zeros is the same as none, unless the config, as Heed writes it, says that there is one. */
async function readBias(weights: Weights, config: TransformerConfig): Promise<Found> {
  const { finalLogitsBias } = config;
  const size = writtenVocabSize(config);
  const shape = [1, size];
  const row = await (finalLogitsBias ? weights.take(BIAS, shape) : weights.takeIfPresent(BIAS, shape));
  if (row === undefined || (!finalLogitsBias && row.data.every((value) => value === 0))) {
    return { config: { finalLogitsBias: false }, parameters: new Map() };
  }
  return { config: { finalLogitsBias: true }, parameters: new Map([["output.bias", float32([size], row.data)]]) };
}

function noBias(config: TransformerConfig): Map<string, TensorData<"float32">> {
  if (config.head !== "sequenceToSequence") return new Map();
  const size = writtenVocabSize(config);
  return new Map([[BIAS, float32([1, size], new Float32Array(size))]]);
}
