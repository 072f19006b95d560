import type { TensorData } from "../graph/tensor-data.ts";
import { flattenTree } from "../graph/tree.ts";
import type { ModelConfig, ModelFamily } from "../models/family.ts";
import type { HeadName } from "../models/heads.ts";
import type { Parameter } from "../nn/parameter.ts";
import { checkFolderConfig } from "./config.ts";
import type { FolderFormat } from "./format.ts";
import { configOf, jsonOf, type Keys } from "./keys.ts";
import { type Layout, readParameters, storeParameters } from "./layout.ts";
import type { Weights } from "./weights.ts";

/** One `model_type` of Hugging Face's, as models of a family that Heed has. */
export interface Kind<C extends ModelConfig = ModelConfig> {
  readonly modelType: string;
  readonly family: ModelFamily<C>;
  /** Whether it can express a model with this config. */
  fits(config: C): boolean;
  /** The class of `transformers` that has each head. */
  readonly architectures: Partial<Readonly<Record<HeadName, string>>>;
  /** Other classes of which folders tell, and what of them is opened. */
  readonly alsoReads?: Readonly<Record<string, HeadName>>;
  readonly keys: Keys<C>;
  /** Where the parameters lie. */
  layout(config: C): Layout;
  /** What stands before the names of all that is no head: in files that were saved without a head it is missing. */
  readonly prefix: string | ((config: C) => string);
  /** The beginnings of names, without `prefix`, of what is no part of the head. */
  readonly backbone: readonly string[];
  /** Names that older files have for tensors. */
  oldName?(name: string): string;
  /** Tensors that change nothing, or that belong to a head which is not opened. */
  readonly ignored: readonly RegExp[];
  /** Parameters that say themselves whether they are one and the same, as embeddings and output projections do. */
  found?(config: C, weights: Weights, path: string): Promise<Found<C>>;
}

/** Parameters that were found, by path, and what they say of the config. */
export interface Found<C> {
  readonly config: Partial<C>;
  readonly parameters: ReadonlyMap<string, TensorData<"float32">>;
}

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
      const prefix = typeof kind.prefix === "string" ? kind.prefix : kind.prefix(stated);
      nameAsKind({ ...kind, prefix }, weights);
      const found = await kind.found?.(stated, weights, path);
      const config: C = { ...stated, ...found?.config };
      const parameters = parametersOf(config);
      const read = await readParameters(parameters, kind.layout(config), weights, found?.parameters ?? new Map());
      weights.rename((name) => (kind.ignored.some((pattern) => pattern.test(name)) ? undefined : name));
      return { family, config, parameters: read };
    },

    configJson: (config) => jsonOf(kind, config),

    async tensors({ config, parameters }): Promise<ReadonlyMap<string, TensorData>> {
      return storeParameters(parametersOf(config), kind.layout(config), parameters);
    },
  };
}

interface Naming extends Pick<Kind, "backbone" | "oldName"> {
  readonly prefix: string;
}

/** Gives the tensors of a file the names that its kind has for them today. */
function nameAsKind({ prefix, backbone, oldName = (name) => name }: Naming, weights: Weights): void {
  weights.rename(oldName);
  const isBare = (name: string) => backbone.some((beginning) => name.startsWith(beginning));
  weights.rename((name) => (prefix !== "" && isBare(name) ? prefix + name : name));
}
