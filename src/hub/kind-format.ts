import type { TensorData } from "../graph/tensor-data.ts";
import { flattenTree } from "../graph/tree.ts";
import type { ModelConfig } from "../models/family.ts";
import type { Parameter } from "../nn/parameter.ts";
import { checkFolderConfig } from "./config.ts";
import type { FolderFormat } from "./format.ts";
import { configOf, jsonOf, unknownKeys } from "./keys.ts";
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
    fits: (config) => kind.architectures[config.head ?? family.heads[0]] !== undefined && kind.fits(config),

    async open(json, weights, path) {
      const stated = checkFolderConfig(family, configOf(kind, json, path), path);
      weights.checkLayers((stated as { numHiddenLayers?: number }).numHiddenLayers ?? 1);
      nameAsKind(kind, stated, weights);
      const found = await kind.found?.(stated, weights, path);
      const config: C = { ...stated, ...found?.config };
      const known = found?.parameters ?? new Map();
      const parameters = await readParameters(parametersOf(config), kind.layout(config), weights, known);
      for (const names of kind.ignored) weights.ignore(names);
      return { family, config, parameters };
    },

    unknownKeys: (json, path) => unknownKeys(kind, json, path),
    configJson: (config) => jsonOf(kind, config),

    async tensors({ config, parameters }): Promise<ReadonlyMap<string, TensorData>> {
      const stored = await storeParameters(parametersOf(config), kind.layout(config), parameters);
      const copies = Object.entries(kind.copies?.(config) ?? {});
      return new Map([...stored, ...copies.map(([name, other]) => [name, stored.get(other)!] as const)]);
    },
  };
}

/** Gives the tensors of a file the names that its kind has for them today. */
function nameAsKind<C extends ModelConfig>(kind: Kind<C>, config: C, weights: Weights): void {
  const { backbone, oldName = (name: string) => name } = kind;
  const prefix = typeof kind.prefix === "string" ? kind.prefix : kind.prefix(config);
  const isBare = (name: string) => backbone.some((beginning) => name.startsWith(beginning));
  weights.alias((name) => {
    const current = oldName(name);
    return isBare(current) ? prefix + current : current;
  });
}
