import { HeedError } from "../error.ts";
import { flattenTree } from "../graph/tree.ts";
import type { ModelConfig, ModelFamily } from "../models/family.ts";
import type { Parameter } from "../nn/parameter.ts";
import { camelKeys, checkFolderConfig, snakeKeys, toCamelCase, toSnakeCase, without } from "./config.ts";
import type { JsonObject } from "./files.ts";
import type { FolderFormat } from "./format.ts";
import { readParameters, storeParameters } from "./layout.ts";

/** Keys of a config.json that are no settings of the model. */
const ABOUT_THE_FILE = ["model_type", "dtype"];

/**
 * The folders of a family that no kind of folder was made for: every key of its config in snake_case, every parameter under
 * its own path, as it is. Only Heed opens them, where the family is registered.
 */
export function plainFormat<C extends ModelConfig>(family: ModelFamily<C>): FolderFormat<C> {
  const parametersOf = (config: C) => flattenTree<Parameter>(family.spec(config));
  const layout = (name: string) => ({ name, form: "asIs" }) as const;
  return {
    modelType: family.modelType,
    family,
    fits: () => true,

    async open(json, weights, path) {
      const config = checkFolderConfig(family, camelKeys(without(json, ABOUT_THE_FILE)), path);
      return { family, config, parameters: await readParameters(parametersOf(config), layout, weights, new Map()) };
    },

    configJson(config) {
      for (const key of Object.keys(family.schema.shape)) refuseLost(family.modelType, key);
      return { model_type: family.modelType, dtype: "float32", ...snakeKeys(config as unknown as JsonObject) };
    },

    tensors: ({ config, parameters }) => storeParameters(parametersOf(config), layout, parameters),
  };
}

/** Keys are spelled in snake_case in a config.json, where some have another meaning. */
function refuseLost(modelType: string, key: string): void {
  const isKept = toCamelCase(toSnakeCase(key)) === key && !ABOUT_THE_FILE.includes(toSnakeCase(key));
  if (isKept) return;
  const message = `The key "${key}" of the family "${modelType}" would not come back from a config.json.`;
  throw new HeedError("MODEL_UNSUPPORTED", `${message} Give it another name, in camelCase.`);
}
