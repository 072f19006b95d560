import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import type { ModelConfig, ModelFamily } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { families, isBuiltIn } from "../models/registry.ts";
import { bert } from "./bert/bert.ts";
import { distilbert } from "./bert/distilbert.ts";
import { roberta, xlmRoberta } from "./bert/roberta.ts";
import type { JsonObject } from "./files.ts";
import type { FolderFormat } from "./format.ts";
import { gptNeox } from "./gpt2/gpt-neox.ts";
import { gpt2 } from "./gpt2/gpt2.ts";
import { gemma3Text } from "./llama/gemma3-text.ts";
import { llama } from "./llama/llama.ts";
import { mistral } from "./llama/mistral.ts";
import { qwen2 } from "./llama/qwen2.ts";
import { qwen3 } from "./llama/qwen3.ts";
import { smollm3 } from "./llama/smollm3.ts";
import { modernBert } from "./modernbert/modernbert.ts";
import { plainFormat } from "./plain.ts";
import { mt5 } from "./t5/mt5.ts";
import { t5 } from "./t5/t5.ts";
import { umt5 } from "./t5/umt5.ts";
import { bart, mbart } from "./transformer/bart.ts";
import { heedTransformer } from "./transformer/heed-transformer.ts";
import { m2m100 } from "./transformer/m2m100.ts";
import { marian } from "./transformer/marian.ts";
import { pegasus } from "./transformer/pegasus.ts";

/** The first that fits a model is the one it is saved in. */
const formats: FolderFormat[] = [
  ...[marian, pegasus, bart, mbart, m2m100, heedTransformer],
  ...[gpt2, gptNeox],
  ...[llama, mistral, qwen2, qwen3, smollm3, gemma3Text],
  ...[t5, umt5, mt5],
  ...[bert, roberta, xlmRoberta, distilbert, modernBert],
].map((format) => format as unknown as FolderFormat<ModelConfig>);

/**
 * Makes a kind of folder known: those of its `model_type` are opened by it, and models of its family that it fits are saved
 * by it. Later ones come before earlier ones.
 */
export function registerFormat<C extends ModelConfig>(format: FolderFormat<C>): void {
  formats.unshift(format as unknown as FolderFormat);
}

/** The format of a folder, by the `model_type` of its config.json (at `path`). Errors: MODEL_UNSUPPORTED. */
export function formatOfFolder(json: JsonObject, path: string): FolderFormat {
  const format = formats.find(({ modelType }) => modelType === json.model_type);
  if (format !== undefined) return format;
  const family = users().find(({ modelType }) => modelType === json.model_type);
  if (family !== undefined) return plainFormat(family);
  const found =
    json.model_type === undefined ? "names no model_type" : `is of the model_type ${shown(json.model_type)}`;
  const known = [...formats, ...users()].map(({ modelType }) => modelType).join(", ");
  throw new HeedError("MODEL_UNSUPPORTED", `${path} ${found}. Heed opens: ${known}.`, { path });
}

/** Families that users have registered. */
const users = (): ModelFamily[] => [...families.values()].filter((family) => !isBuiltIn(family));

/**
 * The format that a model is saved in.
 *
 * @throws HeedError MODEL_UNSUPPORTED for a model of a family that is not registered, and for one of Heed's own that no class
 *   of `transformers` computes: under its family's name another model would be opened
 */
export function formatOfModel({ family, config }: Pick<Model, "family" | "config">): FolderFormat {
  const format = formats.find((format) => format.family.modelType === family.modelType && format.fits(config));
  if (format !== undefined) return format;
  if (users().includes(family)) return plainFormat(family);
  if (isBuiltIn(family)) {
    const what = `No class of Python's transformers computes what this model of the family "${family.modelType}" does`;
    throw new HeedError("MODEL_UNSUPPORTED", `${what}, so that it cannot be saved. Change its config.`);
  }
  const message = `Models of the family "${family.modelType}" cannot be saved, since nobody could open them.`;
  throw new HeedError("MODEL_UNSUPPORTED", `${message} Register the family: registerFamily(…).`);
}
