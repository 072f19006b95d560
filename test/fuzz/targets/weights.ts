import { readFileSync } from "node:fs";
import { type FileContent, memoryFiles, openFile } from "../../../src/hub/files.ts";
import { loadModel } from "../../../src/hub/model-folder.ts";
import { openArchive } from "../../../src/hub/pytorch/archive.ts";
import { readPytorchBin } from "../../../src/hub/pytorch/pytorch-bin.ts";
import fixture from "../../fixtures/pytorch_bin.json" with { type: "json" };
import { jsonMutations } from "../mutations/json.ts";
import { pytorchMutations, zipped } from "../mutations/zip.ts";
import { outcomeOf, type Target } from "../target.ts";

const PATH = "folder/pytorch_model.bin";
const openBytes = async (bytes: Uint8Array) => (await openFile(memoryFiles(new Map([["x", bytes]]), "folder"), "x"))!;

const { readable } = fixture;
const saved = [readable["a state_dict"], readable["shared storages"], readable.views, readable["every type"]].map(
  ({ file }) => new Uint8Array(Buffer.from(file, "base64")),
);

/** The same archive as a plainer zip, whose parts the mutations find. */
async function plain(bytes: Uint8Array): Promise<Uint8Array> {
  const file = await openBytes(bytes);
  const archive = await openArchive(file, PATH);
  const files = new Map<string, Uint8Array>();
  for (const name of archive.names) {
    const { position, size } = archive.find(name)!;
    files.set(name, bytes.slice(position, position + size));
  }
  return zipped(files);
}

const shards = new URL("../../fixtures/weights/safetensors-shards/", import.meta.url);
const shardFiles = new Map<string, FileContent>(
  ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"].map((name) => [
    name,
    readFileSync(new URL(name, shards)),
  ]),
);
const INDEX = "model.safetensors.index.json";

/** The readers of weights beside that of safetensors. */
export const weightTargets: readonly Target[] = [
  {
    name: "pytorch-bin",
    seeds: [...saved, ...(await Promise.all(saved.map(plain)))],
    mutations: pytorchMutations,
    async read(file) {
      for (const { name, shape, readFloat32 } of (await readPytorchBin(await openBytes(file), PATH)).values()) {
        await outcomeOf(async () => {
          const { data } = await readFloat32();
          if (data.length !== shape.reduce((a, b) => a * b, 1))
            throw new Error(`${name}: ${data.length} in [${shape}]`);
        });
      }
    },
  },
  {
    name: "weight-index",
    seeds: [new Uint8Array(readFileSync(new URL(INDEX, shards)))],
    mutations: jsonMutations,
    async read(file) {
      await loadModel(memoryFiles(new Map(shardFiles).set(INDEX, file), "folder"));
    },
  },
];
