import type { TensorData } from "../graph/tensor-data.ts";
import { flattenTree } from "../graph/tree.ts";
import { initialize, type Spec } from "../nn/parameter.ts";
import type { ModelConfig, ModelFamily } from "./family.ts";
import type { Model } from "./model.ts";
import { checkConfig } from "./registry.ts";

/**
 * A model with its first numbers, before any training.
 *
 * @param keys Of the family's config; the others have their defaults.
 * @param seed The same seed gives the same numbers.
 * @throws HeedError CONFIG_INVALID with the key
 */
export function createModel<C extends ModelConfig, S extends Spec>(
  family: ModelFamily<C, S>,
  keys: Readonly<Partial<C>>,
  seed = 0,
): Model<C> {
  const general = family as unknown as ModelFamily<C>;
  const config = checkConfig(general, keys, family.modelType);
  const parameters = flattenTree<TensorData<"float32">>(initialize(general.spec(config), seed) as never);
  return { family: general, config, parameters };
}
