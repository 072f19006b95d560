import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generationDefaults } from "../../../src/generate/defaults.ts";
import { stepProgram } from "../../../src/generate/programs.ts";
import { type FileContent, memoryFiles } from "../../../src/hub/files.ts";
import { formatOfModel } from "../../../src/hub/formats.ts";
import { loadModel, modelFiles } from "../../../src/hub/model-folder.ts";
import { traceForward } from "../../../src/inference/forward.ts";
import type { ModelFamily } from "../../../src/models/family.ts";
import { headOf } from "../../../src/models/head-of.ts";
import { writingHeads } from "../../../src/models/heads.ts";
import type { Model } from "../../../src/models/model.ts";
import { families } from "../../../src/models/registry.ts";
import { randomModel } from "../../generate/models.ts";
import { goldenFolder } from "../../models/golden.ts";
import { configMutations } from "../mutations/config.ts";
import { safetensorsMutations } from "../mutations/safetensors.ts";
import { outcomeOf, type Target } from "../target.ts";

type Files = Map<string, FileContent>;

const FILES = ["config.json", "model.safetensors"];

/** Folders as Python writes them: one of each family, and of kinds that read much else. */
const folders: readonly (readonly [string, Files])[] = [
  ...["bart", "gpt2", "gpt_neox-rope-linear-older", "llama-rope-yarn", "gemma3_text", "qwen2-sliding"],
  ...["bert-sequence-classification", "modernbert-masked", "t5-gated"],
].map((name) => [
  name,
  new Map(FILES.map((file) => [file, new Uint8Array(readFileSync(join(goldenFolder, name, file)))])),
]);

const tokens = { vocabSize: 3, padTokenId: 0, eosTokenId: 1 };
const width = {
  hiddenSize: 2,
  intermediateSize: 2,
  numHiddenLayers: 1,
  numAttentionHeads: 1,
  maxPositionEmbeddings: 4,
};
const sizes: Readonly<Record<string, object>> = {
  ...{ bert: width, gpt2: width, llama: width, modernbert: width },
  t5: { ...width, headDim: 2, decoderStartTokenId: 0, relativeAttentionNumBuckets: 4, relativeAttentionMaxDistance: 4 },
};

/** Folders whose tensors are few and small enough to be mutated. */
const smallFolders = await Promise.all(
  Object.entries(sizes).map(async ([modelType, config]) => {
    const family = families.get(modelType) as ModelFamily;
    return [modelType, await modelFiles({ model: randomModel(family, { ...tokens, ...config }) })] as const;
  }),
);

/** Opens a folder with one file in the place of its own. What opens can be traced, saved and opened again. */
async function open(files: Files, name: string, file: Uint8Array): Promise<void> {
  const { model, generationConfig } = await loadModel(memoryFiles(new Map(files).set(name, file), "folder"));
  for (const [path, { shape, data }] of model.parameters) {
    if (data.length !== shape.reduce((a, b) => a * b, 1)) throw new Error(`${path}: ${data.length} in [${shape}]`);
  }
  generationDefaults(generationConfig, model.config);
  await mustSucceed("tracing", () => trace(model));
  if ((await outcomeOf(() => formatOfModel(model))) !== "read") return;
  const again = await mustSucceed("saving and opening", async () =>
    loadModel(memoryFiles(await modelFiles({ model }), "again")),
  );
  const [found, saved] = [again.model, model].map((each) => JSON.stringify(configOf(each)));
  if (found !== saved) throw new Error(`${saved} is saved, and ${found} opened.`);
}

/** In one order; names of classes that the head does not have are not saved. */
function configOf(model: Model): unknown {
  const hasClasses = ["sequenceClass", "tokenClass"].includes(headOf(model));
  const kept = Object.entries(model.config).filter(([key]) => hasClasses || !["id2label", "problemType"].includes(key));
  return kept.sort(([a], [b]) => a.localeCompare(b));
}

function trace(model: Model): void {
  traceForward(model);
  if (!writingHeads.some((head) => head === headOf(model))) return;
  stepProgram(model, { count: 1, all: false, excluded: [] });
}

/** A HeedError is no answer here: nothing of the file was refused. */
async function mustSucceed<T>(what: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new Error(`${what} fails: ${(cause as Error).stack}`, { cause });
  }
}

/** The readers of each family's config.json and tensors. */
export const familyTargets: readonly Target[] = [
  ...folders.map(([name, files]) => ({
    name: `${name}-config`,
    seeds: [files.get("config.json") as Uint8Array],
    mutations: configMutations,
    read: (file: Uint8Array) => open(files, "config.json", file),
  })),
  ...smallFolders.map(([name, files]) => ({
    name: `${name}-tensors`,
    seeds: [files.get("model.safetensors") as Uint8Array],
    mutations: safetensorsMutations,
    read: (file: Uint8Array) => open(files, "model.safetensors", file),
  })),
];
