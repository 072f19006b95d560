import { HeedError } from "../error.ts";
import { parseJson, shown } from "../json.ts";
import { type Pooling, type PoolingMode, poolings } from "../nn/pooling.ts";
import { type JsonObject, type ModelFiles, readJson } from "./files.ts";

/** How a folder of sentence-transformers embeds a text. */
export interface SentenceSettings {
  readonly pooling: Pooling;
  /** Tokens of a text that are read, those around it included; as many as the model reads unless told. */
  readonly maxSequenceLength?: number;
  /** Whether texts lose their capitals before the tokenizer reads them. */
  readonly lowercase: boolean;
  /** What is put before each text unless another prompt is asked for; "" is nothing. */
  readonly prompt: string;
}

const MODULES = "modules.json";
const PROMPTS = "config_sentence_transformers.json";
/** The settings of the module with the model, whose file older versions named after the kind of model. */
const settingsFiles = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"].map(
  (kind) => `sentence_${kind}_config.json`,
);

/** The keys that older folders have in place of `pooling_mode`, in the order of their vectors. */
const oldModes: readonly (readonly [string, PoolingMode])[] = [
  ["pooling_mode_cls_token", "cls"],
  ["pooling_mode_max_tokens", "max"],
  ["pooling_mode_mean_tokens", "mean"],
  ["pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"],
  ["pooling_mode_weightedmean_tokens", "weightedmean"],
  ["pooling_mode_lasttoken", "lasttoken"],
];

/**
 * How the model in a folder makes one vector of a text, as sentence-transformers wrote it: modules.json, the folders that it
 * names, and sentence_bert_config.json. Where there is none, the mean of the states, as there.
 *
 * @throws HeedError FORMAT_INVALID for a broken file, MODEL_UNSUPPORTED for modules that Heed does not have
 */
export async function readPooling(files: ModelFiles): Promise<SentenceSettings> {
  const modules = await readModules(files);
  const pooling = modules.find(({ kind }) => kind === "Pooling");
  const json = pooling === undefined ? {} : ((await readJson(files, `${pooling.path}/config.json`)) ?? {});
  const prompt = await defaultPrompt(files);
  if (prompt !== "" && json.include_prompt === false) {
    refuse(files, `${PROMPTS} has a prompt that is not to be pooled`, "Give texts to it without a prompt");
  }
  return {
    pooling: { modes: modesOf(json, files), normalize: modules.some(({ kind }) => kind === "Normalize") },
    ...(await textSettings(files)),
    prompt,
  };
}

interface Module {
  /** The last part of its class's name. */
  readonly kind: string;
  readonly path: string;
}

/** The modules behind one another. Errors: FORMAT_INVALID, MODEL_UNSUPPORTED. */
async function readModules(files: ModelFiles): Promise<Module[]> {
  const bytes = await files.read(MODULES);
  if (bytes === undefined) return [];
  const path = `${files.location}/${MODULES}`;
  const parsed = parseJson(bytes, path);
  const modules = (Array.isArray(parsed) ? parsed : []).map(moduleOf);
  if (modules.length === 0 || modules.some((module) => module === undefined)) {
    throw new HeedError("FORMAT_INVALID", `${path} is not a list of modules, each with a type and a path.`, { path });
  }
  const found = modules as Module[];
  checkOrder(found, files);
  return found;
}

function moduleOf(json: unknown): Module | undefined {
  const { type, path } = (typeof json === "object" && json !== null ? json : {}) as JsonObject;
  if (typeof type !== "string" || typeof path !== "string") return undefined;
  return { kind: type.split(".").at(-1)!, path };
}

/** A model, a pooling, and a normalisation behind it; dropout is for training. */
function checkOrder(modules: readonly Module[], files: ModelFiles): void {
  const kinds = modules.map(({ kind }) => kind).filter((kind) => kind !== "Dropout");
  const [first] = modules;
  if (!/^Transformer,Pooling(,Normalize)?$/.test(kinds.join(","))) {
    refuse(files, `${MODULES} names ${kinds.join(", ")}`, "Heed has Transformer, Pooling and Normalize, in this order");
  }
  if (first!.path === "") return;
  refuse(files, `${MODULES} says that its model lies in ${shown(first!.path)}`, "Move the files of that folder up");
}

function modesOf(json: JsonObject, files: ModelFiles): PoolingMode[] {
  const old = oldModes.filter(([key]) => json[key] === true).map(([, mode]) => mode);
  const stated = json.pooling_mode === undefined ? old : [json.pooling_mode].flat();
  const modes = stated.length === 0 ? ["mean"] : stated;
  const unknown = modes.find((mode) => !(typeof mode === "string" && Object.hasOwn(poolings, mode)));
  if (unknown !== undefined) {
    refuse(files, `its pooling_mode is ${shown(unknown)}`, `Heed has ${Object.keys(poolings).join(", ")}`);
  }
  return modes as PoolingMode[];
}

async function textSettings(files: ModelFiles): Promise<Pick<SentenceSettings, "maxSequenceLength" | "lowercase">> {
  for (const name of settingsFiles) {
    const json = await readJson(files, name);
    if (json === undefined) continue;
    const { max_seq_length: longest } = json;
    const isCount = Number.isInteger(longest) && (longest as number) > 0;
    return { lowercase: json.do_lower_case === true, ...(isCount ? { maxSequenceLength: longest as number } : {}) };
  }
  return { lowercase: false };
}

async function defaultPrompt(files: ModelFiles): Promise<string> {
  const { prompts, default_prompt_name: name } = (await readJson(files, PROMPTS)) ?? {};
  const prompt = typeof name === "string" ? (prompts as JsonObject | undefined)?.[name] : undefined;
  return typeof prompt === "string" ? prompt : "";
}

function refuse({ location }: ModelFiles, what: string, advice: string): never {
  throw new HeedError("MODEL_UNSUPPORTED", `${location}: ${what}, which Heed does not compute. ${advice}.`, {
    path: location,
  });
}
