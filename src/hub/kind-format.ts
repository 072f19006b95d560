import type { TensorData } from "../graph/tensor-data.ts";
import { flattenTree } from "../graph/tree.ts";
import type { ModelConfig } from "../models/family.ts";
import type { Parameter } from "../nn/parameter.ts";
import { checkFolderConfig } from "./config.ts";
import type { FolderFormat } from "./format.ts";
import { configOf, jsonOf } from "./keys.ts";
import type { Kind } from "./kind.ts";
import { readParameters, storeParameters } from "./layout.ts";
import type { Weights } from "./weights.ts";

/** The folders of a kind. */
export function formatOf<C extends ModelConfig>(kind: Kind<C>): FolderFormat<C> {
  const { family } = kind;
  const parametersOf = (config: C) => flattenTree<Parameter>(family.spec(config));
  return {
    modelType: kind.modelType,
    family,
    fits: kind.fits,

    async open(json, weights, path) {
      const config = checkFolderConfig(family, configOf(kind, json, path), path);
      weights.checkLayers((config as { numHiddenLayers?: number }).numHiddenLayers ?? 1);
      nameAsKind(kind, weights);
      const parameters = parametersOf(config);
      const read = await readParameters(parameters, kind.layout(config), weights, new Map());
      for (const names of kind.ignored) weights.ignore(names);
      return { family, config, parameters: read };
    },

    configJson: (config) => jsonOf(kind, config),

    async tensors({ config, parameters }): Promise<ReadonlyMap<string, TensorData>> {
      return storeParameters(parametersOf(config), kind.layout(config), parameters);
    },
  };
}

type Naming = Pick<Kind, "prefix" | "backbone" | "oldName">;

/** Gives the tensors of a file the names that its kind has for them today. */
function nameAsKind({ prefix, backbone, oldName = (name) => name }: Naming, weights: Weights): void {
  weights.alias(oldName);
  const isBare = (name: string) => backbone.some((beginning) => name.startsWith(beginning));
  weights.alias((name) => (prefix !== "" && isBare(name) ? prefix + name : name));
}
