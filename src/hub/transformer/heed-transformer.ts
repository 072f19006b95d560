import { camelKeys, snakeKeys, without } from "../config.ts";
import { transformerFormat } from "./format.ts";

/** Keys of a config.json that are no settings of the model. */
const ABOUT_THE_FILE = ["model_type", "architectures", "is_encoder_decoder", "dtype", "transformers_version"];

/**
 * Every other combination of norms, positions and embeddings, which only Heed opens: Marian's names, and a config.json
 * with all keys of Heed's. A key that Heed does not know is an error: it might change the model's meaning.
 */
export const heedTransformer = transformerFormat({
  modelType: "heed-transformer",
  fits: () => true,
  readConfig: (json) => camelKeys(without(json, ABOUT_THE_FILE)),
  configJson: (config) => snakeKeys(without(config, ["finalLogitsBias", ...(config.id2label ? [] : ["head"])])),
  readPositions: async () => ({ config: {}, parameters: new Map() }),
  storedPositions: () => new Map(),
});
