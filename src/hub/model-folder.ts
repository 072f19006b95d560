import { HeedError } from "../error.ts";
import type { Model } from "../models/model.ts";
import { readTokenizer, targetTokenizerFiles, tokenizerFiles } from "../text/folder/read-tokenizer.ts";
import { type FileContent, formatJson, type JsonObject, type ModelFiles, readJson } from "./files.ts";
import { folderAdvice } from "./folder-advice.ts";
import type { FolderFormat } from "./format.ts";
import { formatConfig } from "./format-config.ts";
import { formatOfFolder, formatOfModel } from "./formats.ts";
import {
  defaultGenerationConfig,
  type GenerationConfig,
  generationJson,
  generationKeysOf,
  readGenerationConfig,
} from "./generation-config.ts";
import { encodeSafetensors } from "./safetensors.ts";
import { openWeights } from "./weight-files.ts";
import { float32Bytes, type WeightSource } from "./weight-source.ts";
import { type KeepParameter, Weights } from "./weights.ts";

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
const GENERATION = "generation_config.json";

/** Chooses where the parameters of a model stay that takes so many bytes; undefined for memory. */
export type ChooseKeep = (bytes: number) => Promise<KeepParameter | undefined> | undefined;

/** A model and what lies beside it. */
export interface ModelFolder {
  readonly model: Model;
  /** The tokenizer.json, as parsed, or as made of the files that are there instead. */
  readonly tokenizerJson?: unknown;
  /** The tokenizer_config.json. */
  readonly tokenizerConfig?: unknown;
  /** Where translations are spelled otherwise than source texts, as Marian's are: their tokenizer. */
  readonly targetTokenizer?: { readonly json: unknown; readonly config?: unknown } | undefined;
  /** Why there is no tokenizer, where files of one are there: the model can be used without it. */
  readonly tokenizerProblem?: HeedError | undefined;
  /** Keys of config.json that Heed does not know, and leaves aside as Python's classes do. */
  readonly unknownKeys?: readonly string[];
  readonly generationConfig: GenerationConfig;
}

/**
 * Opens a Hugging Face folder of a family that Heed has, or that is registered. Its weights may be model.safetensors or
 * pytorch_model.bin, each whole or in shards with their index. A folder whose tokenizer Heed does not have opens without it.
 *
 * @param keepOf Where parameters stay while the model is open, in memory unless told.
 * @throws HeedError FILE_NOT_FOUND when config.json, the weights or a shard is missing, MODEL_UNSUPPORTED for other
 *   families, CONFIG_INVALID, FORMAT_INVALID, SHAPE_MISMATCH, each naming the file.
 */
export async function loadModel(files: ModelFiles, keepOf: ChooseKeep = () => undefined): Promise<ModelFolder> {
  const path = `${files.location}/${CONFIG}`;
  const json = (await readJson(files, CONFIG)) ?? (await missing(files, CONFIG));
  const format = formatOfFolder(json, path);
  const source = (await openWeights(files)) ?? (await missing(files, WEIGHTS));
  const model = await readModel(format, json, source, path, keepOf).finally(() => source.close());
  return {
    model,
    ...(await tokenizerOf(files, json)),
    unknownKeys: format.unknownKeys?.(json, path) ?? [],
    generationConfig: await loadGenerationConfig(files, model, json),
  };
}

/** What lies beside the model of its tokenizer. Errors: FORMAT_INVALID for a broken one. */
async function tokenizerOf(files: ModelFiles, json: JsonObject): Promise<Partial<ModelFolder>> {
  try {
    const found = await readTokenizer(files, String(json.model_type));
    return { tokenizerJson: found?.json, tokenizerConfig: found?.config, targetTokenizer: found?.target };
  } catch (error) {
    const isAbsent = error instanceof HeedError && ["FILE_NOT_FOUND", "MODEL_UNSUPPORTED"].includes(error.code);
    if (isAbsent) return { tokenizerProblem: error };
    throw error;
  }
}

/**
 * The files of a Hugging Face folder, by name. A post-norm Transformer with sinusoidal positions is saved as Marian, its
 * pre-norm form as Pegasus, and Python's `transformers` opens both; combinations that these families do not have are
 * saved as `heed-transformer`, which only Heed opens.
 *
 * @param folder Without a generationConfig the default for the model is written.
 */
export async function modelFiles(
  folder: Omit<ModelFolder, "generationConfig"> & Partial<Pick<ModelFolder, "generationConfig">>,
): Promise<Map<string, FileContent>> {
  const { model, tokenizerJson, tokenizerConfig, targetTokenizer } = folder;
  const generation = folder.generationConfig ?? defaultGenerationConfig(model.config);
  const format = formatOfModel(model);
  const files = new Map<string, FileContent>([
    [CONFIG, formatConfig(format.configJson(model.config))],
    [GENERATION, formatConfig(generationJson(generation))],
    [WEIGHTS, await encodeSafetensors(await format.tensors(model))],
  ]);
  const set = (name: string, json: unknown) => json !== undefined && files.set(name, formatJson(json));
  set(tokenizerFiles.json, tokenizerJson);
  set(tokenizerFiles.config, tokenizerConfig);
  set(targetTokenizerFiles.json, targetTokenizer?.json);
  set(targetTokenizerFiles.config, targetTokenizer?.config);
  return files;
}

async function readModel(
  format: FolderFormat,
  json: JsonObject,
  source: WeightSource,
  path: string,
  keepOf: ChooseKeep,
): Promise<Model> {
  const weights = new Weights(source, await keepOf(float32Bytes(source)));
  const model = await format.open(json, weights, path);
  weights.finish();
  return model;
}

async function loadGenerationConfig(files: ModelFiles, model: Model, json: JsonObject): Promise<GenerationConfig> {
  const stated = await readJson(files, GENERATION);
  if (stated !== undefined) return readGenerationConfig(stated, `${files.location}/${GENERATION}`);
  const old = readGenerationConfig(generationKeysOf(json), `${files.location}/${CONFIG}`);
  return { ...defaultGenerationConfig(model.config), ...old };
}

async function missing(files: ModelFiles, name: string): Promise<never> {
  const path = `${files.location}/${name}`;
  const advice = folderAdvice(
    await files.names?.(),
    `Name a folder that holds ${CONFIG}, and ${WEIGHTS} or pytorch_model.bin.`,
  );
  throw new HeedError("FILE_NOT_FOUND", `There is no ${path}. ${advice}`, { path });
}
