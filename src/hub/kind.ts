import type { TensorData } from "../graph/tensor-data.ts";
import type { ModelConfig, ModelFamily } from "../models/family.ts";
import type { HeadName } from "../models/heads.ts";
import type { JsonObject } from "./files.ts";
import type { Layout } from "./layout.ts";
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
  /** What only the tensors tell of a config, under the names that they have today. */
  found?(config: C, weights: Weights, path: string): Promise<Found<C>>;
  /** Names that older files have for tensors. */
  oldName?(name: string): string;
  /** What is written once more under a name that the class of `transformers` has but does not read: the other name. */
  copies?(config: C): Readonly<Record<string, string>>;
  /** Tensors that change nothing, or that belong to a head which is not opened. */
  readonly ignored: readonly RegExp[];
}

/** What tensors tell of a config, and parameters that were taken out on the way, by path. */
export interface Found<C> {
  readonly config: Partial<C>;
  readonly parameters?: ReadonlyMap<string, TensorData<"float32">>;
}

/** How a config.json of one `model_type` is read and written. */
export interface Keys<C> {
  /** The names of keys that are not those of Heed's config in snake_case. */
  readonly names: Partial<Readonly<Record<keyof C, string>>>;
  /** What the class of `transformers` takes where a key is absent, under its names. */
  readonly defaults: JsonObject;
  /** What all models of the kind are, or what several keys say together, under Heed's names. */
  derived?(json: JsonObject, path: string): Partial<Record<keyof C, unknown>>;
  /** What is written beside the keys of the config. */
  written?(config: C): JsonObject;
  /** Keys of Heed's config that the kind's config.json does not have: what stands there under such a name is not read. */
  readonly unwritten?: readonly (keyof C)[];
  /** Keys that change numbers, and the values of them that Heed computes. */
  readonly only: Readonly<Record<string, readonly unknown[]>>;
  /** Keys that change no number, beside those that no kind reads. */
  readonly inert?: readonly string[];
}
