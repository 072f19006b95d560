import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { stateLayout } from "../generate/decoding.ts";
import type { TensorType } from "../graph/tensor.ts";
import { readJson } from "../hub/files.ts";
import { loadModel } from "../hub/index.ts";
import { folderFiles, resolveModelFolder } from "../hub/node.ts";
import { headOf } from "../models/head-of.ts";
import { type HeadName, writingHeads } from "../models/heads.ts";
import { type Model, parameterBytes } from "../models/model.ts";
import { checkTokenizerJson } from "../text/tokenizer-json.ts";
import { summarizeRun } from "./run-summary.ts";

/** What there is to tell of a model's folder. */
export interface FolderInfo {
  /** The model's own folder: of a run, its best checkpoint. */
  readonly folder: string;
  readonly family: string;
  /** What its config.json calls it. */
  readonly modelType: string;
  readonly opens: string;
  /** What is read from its states, and what it is good for. */
  readonly head: HeadName;
  readonly can: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly parameters: { readonly total: number; readonly parts: Readonly<Record<string, number>> };
  readonly tokenizer: { readonly kind: string; readonly size: number } | null;
  /** Why there is none, where files of one are there. */
  readonly tokenizerProblem: string | null;
  readonly training: Training | null;
  readonly bytes: { readonly model: number; readonly folder: number };
  /** In bytes: of the parameters, as float32; and of each token of a text that is written, where any is. */
  readonly memory: { readonly parameters: number; readonly token: number | null };
}

/** How a run went. */
interface Training {
  readonly steps: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly best: Best | null;
}

/** The evaluation of its best checkpoint; `by` is what decided, which earlier versions did not say. */
interface Best {
  readonly step: number;
  readonly by?: string | undefined;
  readonly loss: number;
  readonly bleu?: number | undefined;
}

/**
 * Looks into a model's folder, or that of a run.
 *
 * @throws HeedError as `loadModel`
 */
export async function inspectFolder(path: string): Promise<FolderInfo> {
  const folder = await resolveModelFolder(path);
  const files = folderFiles(folder);
  const { model, tokenizerJson, tokenizerProblem } = await loadModel(files);
  const modelType = String((await readJson(files, "config.json"))?.model_type);
  return {
    folder,
    family: model.family.modelType,
    modelType,
    opens: modelType.startsWith("heed-") ? "only Heed" : "Heed, and Python's transformers",
    head: headOf(model),
    can: abilities[headOf(model)],
    config: { ...model.config },
    parameters: countByPart(model),
    tokenizer: tokenizerJson === undefined ? null : describeTokenizer(tokenizerJson, join(folder, "tokenizer.json")),
    tokenizerProblem: tokenizerProblem?.message ?? null,
    training: await describeTraining(path),
    bytes: { model: await bytesIn(folder), folder: await bytesIn(path) },
    memory: { parameters: parameterBytes(model), token: tokenBytes(model) },
  };
}

/** What a model is good for, by its head. */
const abilities: Readonly<Record<HeadName, readonly string[]>> = {
  nextToken: ["continue texts (heed generate)", "embed texts (heed embed)"],
  sequenceToSequence: ["write from a source, as translations (heed translate, heed generate)"],
  maskedToken: ["fill in masks (heed fill)", "embed texts (heed embed)"],
  states: ["embed texts (heed embed)"],
  sequenceClass: ["score the classes of texts (from the library)"],
  tokenClass: ["score the classes of tokens (from the library)"],
  span: ["find answers in texts (from the library)"],
};

/** Of the caches of a model that writes, for each token. */
function tokenBytes(model: Model): number | null {
  if (!writingHeads.some((head) => head === headOf(model))) return null;
  const numbersOf = ({ shape }: TensorType) =>
    shape.reduce((product: number, dim) => product * (typeof dim === "number" ? dim : 1), 1);
  return [...stateLayout(model).caches.values()].reduce((sum, type) => sum + 4 * numbersOf(type), 0);
}

/** Parameters by the first part of their path: embedding, encoder, … */
function countByPart({ parameters }: Model): FolderInfo["parameters"] {
  const parts: Record<string, number> = {};
  let total = 0;
  for (const [path, { data }] of parameters) {
    const part = path.split(".")[0]!;
    parts[part] = (parts[part] ?? 0) + data.length;
    total += data.length;
  }
  return { total, parts };
}

function describeTokenizer(json: unknown, path: string): FolderInfo["tokenizer"] {
  const { model, pre_tokenizer } = checkTokenizerJson(json, path);
  const kind = model.type ?? "unknown";
  const size = Object.keys(model.vocab).length;
  return { kind: JSON.stringify(pre_tokenizer ?? null).includes('"ByteLevel"') ? `byte-level ${kind}` : kind, size };
}

async function describeTraining(path: string): Promise<Training | null> {
  const run = await summarizeRun(path);
  if (run === undefined) return null;
  const { step: steps, epoch: epochs, seconds, tokensPerSecond, best } = run;
  const found = best && { step: best.step, by: best.bestBy, loss: best.loss, bleu: best.scores.bleu };
  return { steps, epochs, seconds, tokensPerSecond, best: found ?? null };
}

async function bytesIn(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true });
  const sizes = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(path, name));
      return found.isFile() ? found.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
