import { bytesOf } from "../graph/file-tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import type { ModelConfig, ModelFamily } from "./family.ts";

/** A model with numbers: a family, a config of it, and every parameter by its path. */
export interface Model<C extends ModelConfig = ModelConfig> {
  readonly family: ModelFamily<C>;
  readonly config: C;
  readonly parameters: ReadonlyMap<string, TensorData<"float32">>;
}

/** How much memory the numbers of a model take. */
export function parameterBytes({ parameters }: Pick<Model, "parameters">): number {
  return [...parameters.values()].reduce((sum, parameter) => sum + bytesOf(parameter), 0);
}
