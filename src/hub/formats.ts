import { HeedError } from "../error.ts";
import { shown } from "../json.ts";
import type { ModelConfig } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import type { JsonObject } from "./files.ts";
import type { FolderFormat } from "./format.ts";
import { gptNeox } from "./gpt2/gpt-neox.ts";
import { gpt2 } from "./gpt2/gpt2.ts";
import { bart, mbart } from "./transformer/bart.ts";
import { heedTransformer } from "./transformer/heed-transformer.ts";
import { m2m100 } from "./transformer/m2m100.ts";
import { marian } from "./transformer/marian.ts";
import { pegasus } from "./transformer/pegasus.ts";

/** The first that fits a model is the one it is saved in. */
const formats: readonly FolderFormat[] = [
  ...[marian, pegasus, bart, mbart, m2m100, heedTransformer],
  ...[gpt2, gptNeox],
].map((format) => format as unknown as FolderFormat<ModelConfig>);

/** The format of a folder, by the `model_type` of its config.json (at `path`). Errors: MODEL_UNSUPPORTED. */
export function formatOfFolder(json: JsonObject, path: string): FolderFormat {
  const format = formats.find(({ modelType }) => modelType === json.model_type);
  if (format !== undefined) return format;
  const found =
    json.model_type === undefined ? "names no model_type" : `is of the model_type ${shown(json.model_type)}`;
  const known = formats.map(({ modelType }) => modelType).join(", ");
  throw new HeedError("MODEL_UNSUPPORTED", `${path} ${found}. Heed opens: ${known}.`, { path });
}

/** The format that a model is saved in. Errors: MODEL_UNSUPPORTED. */
export function formatOfModel({ family, config }: Pick<Model, "family" | "config">): FolderFormat {
  const format = formats.find((format) => format.family.modelType === family.modelType && format.fits(config));
  if (format !== undefined) return format;
  throw new HeedError("MODEL_UNSUPPORTED", `Models of the family "${family.modelType}" cannot be saved.`);
}
