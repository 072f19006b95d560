import type { TensorData } from "../graph/tensor-data.ts";
import type { ModelConfig, ModelFamily } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import type { JsonObject } from "./files.ts";
import type { Weights } from "./weights.ts";

/** How models of one `model_type` lie in a folder. A family may have several: Marian and Pegasus are one Transformer. */
export interface FolderFormat<C extends ModelConfig = ModelConfig> {
  /** What a config.json calls it. */
  readonly modelType: string;
  readonly family: ModelFamily<C>;
  /** Whether it can express a model with this config. */
  fits(config: C): boolean;
  /**
   * The model of a config.json (at `path`) and its weights, of which none that belongs to it is left.
   *
   * @throws HeedError CONFIG_INVALID, FORMAT_INVALID, SHAPE_MISMATCH, MODEL_UNSUPPORTED.
   */
  open(json: JsonObject, weights: Weights, path: string): Promise<Model<C>>;
  /** The keys of a config.json (at `path`) that are neither read nor known to change nothing; without it, none is left. */
  unknownKeys?(json: JsonObject, path: string): readonly string[];
  /** The config.json of a model. */
  configJson(config: C): JsonObject;
  /** The tensors of its model.safetensors, by name. */
  tensors(model: Model<C>): Promise<ReadonlyMap<string, TensorData>>;
}
