import { generationDefaults } from "../../../src/generate/defaults.ts";
import { float32, TensorData } from "../../../src/graph/tensor-data.ts";
import { type FileContent, memoryFiles } from "../../../src/hub/files.ts";
import { loadModel, modelFiles } from "../../../src/hub/model-folder.ts";
import { encodeSafetensors, parseSafetensors } from "../../../src/hub/safetensors.ts";
import { smallTransformer } from "../../generate/models.ts";
import { jsonMutations } from "../mutations/json.ts";
import { safetensorsMutations } from "../mutations/safetensors.ts";
import { outcomeOf, type Target } from "../target.ts";

type Files = Map<string, FileContent>;

const size = { dModel: 4, encoderLayers: 1, decoderLayers: 1, encoderFfnDim: 4, decoderFfnDim: 4 };
const folders = await Promise.all(
  [{}, { normalizeBefore: true }, { positionEmbeddings: "learned", tieWordEmbeddings: false }].map((kind) =>
    modelFiles({ model: smallTransformer({ ...size, maxPositionEmbeddings: 8, ...kind }) }),
  ),
);
const [marian] = folders as [Files];

const bytesOf = (content: FileContent | undefined) =>
  typeof content === "string" ? new TextEncoder().encode(content) : content!;

const tensors = await encodeSafetensors(
  new Map<string, TensorData>([
    ["a", float32([2, 2], [1, 2, 3, 4])],
    ["b", new TensorData("float64", [1], Float64Array.of(0.5))],
    ["c", new TensorData("int64", [], BigInt64Array.of(7n))],
    ["d", new TensorData("uint8", [3, 1], Uint8Array.of(1, 2, 3))],
    ["e", float32([0, 5], [])],
  ]),
);

/** Two tensors of half precision, which Heed reads but does not write. */
function halves(): Uint8Array {
  const entry = (dtype: string, begin: number) => ({ dtype, shape: [2], data_offsets: [begin, begin + 4] });
  const header = Buffer.from(JSON.stringify({ a: entry("F16", 0), b: entry("BF16", 4) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return new Uint8Array(Buffer.concat([length, header, Buffer.from("3c00fc000180ff7f", "hex")]));
}

/** Settings that stand in real files beside those that Heed writes. */
const generation = new TextEncoder().encode(
  JSON.stringify({
    ...JSON.parse(new TextDecoder().decode(bytesOf(marian.get("generation_config.json")))),
    ...{
      early_stopping: true,
      length_penalty: 1,
      do_sample: false,
      temperature: 1,
      top_k: 50,
      top_p: 1,
      min_length: 0,
    },
    ...{ forced_eos_token_id: [0], bos_token_id: null, renormalize_logits: true, transformers_version: "4.46.0" },
  }),
);

/** The readers of the files of a model's folder. */
export const modelTargets: readonly Target[] = [
  {
    name: "safetensors",
    seeds: [tensors, halves(), bytesOf(marian.get("model.safetensors"))],
    mutations: safetensorsMutations,
    async read(file) {
      const read = parseSafetensors(file, "folder/x.safetensors");
      for (const tensor of read.tensors.values()) {
        tensor.read();
        await outcomeOf(() => tensor.readFloat32("folder/x.safetensors"));
      }
      await outcomeOf(() => open(marian, "model.safetensors", file));
    },
  },
  {
    name: "config",
    seeds: folders.map((files) => bytesOf(files.get("config.json"))),
    mutations: jsonMutations,
    read(file) {
      const text = Buffer.from(file).toString();
      const kind = ["marian", "pegasus", "heed-transformer"].findIndex((modelType) => text.includes(modelType));
      return open(folders[kind] ?? marian, "config.json", file);
    },
  },
  {
    name: "generation-config",
    seeds: [generation],
    mutations: jsonMutations,
    read: (file) => open(marian, "generation_config.json", file),
  },
];

/** Opens a model's folder with one file in the place of its own. */
async function open(files: Files, name: string, file: Uint8Array): Promise<void> {
  const { model, generationConfig } = await loadModel(memoryFiles(new Map(files).set(name, file), "folder"));
  for (const [path, { shape, data }] of model.parameters) {
    if (data.length !== shape.reduce((a, b) => a * b, 1)) throw new Error(`${path}: ${data.length} in [${shape}]`);
  }
  generationDefaults(generationConfig, model.config);
}
