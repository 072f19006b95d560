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
  readonly prefix: string;
  /** The beginnings of names, without `prefix`, of what is no part of the head. */
  readonly backbone: readonly string[];
  /** What of a config only the names of the tensors tell, under Heed's names. */
  fromTensors?(names: readonly string[], head: HeadName): Partial<Record<keyof C, unknown>>;
  /** Names that older files have for tensors. */
  oldName?(name: string): string;
  /** Tensors that change nothing, or that belong to a head which is not opened. */
  readonly ignored: readonly RegExp[];
}

/** The folders of a kind. */
export function formatOf<C extends ModelConfig>(kind: Kind<C>): FolderFormat<C> {
  const { family } = kind;
  const parametersOf = (config: C) => flattenTree<Parameter>(family.spec(config));
  return {
    modelType: kind.modelType,
    family,
    fits: kind.fits,

    async open(json, weights, path) {
      nameAsKind(kind, weights);
      const stated = configOf(kind, json, path);
      const told = kind.fromTensors?.(weights.names(), stated.head as HeadName);
      const config = checkFolderConfig(family, { ...stated, ...told }, path);
      weights.checkLayers((config as { numHiddenLayers?: number }).numHiddenLayers ?? 1);
      const parameters = parametersOf(config);
      const read = await readParameters(parameters, kind.layout(config), weights, new Map());
      weights.rename((name) => (kind.ignored.some((pattern) => pattern.test(name)) ? undefined : name));
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
  weights.rename(oldName);
  const isBare = (name: string) => backbone.some((beginning) => name.startsWith(beginning));
  weights.rename((name) => (prefix !== "" && isBare(name) ? prefix + name : name));
}
