import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32, type TensorData } from "../../src/graph/tensor-data.ts";
import { type FileContent, type ModelFiles, memoryFiles, type OpenFile, urlFiles } from "../../src/hub/files.ts";
import { folderFiles } from "../../src/hub/folder.ts";
import { loadModel } from "../../src/hub/model-folder.ts";
import { encodeSafetensors } from "../../src/hub/safetensors.ts";
import { openWeights } from "../../src/hub/weight-files.ts";
import { heedError } from "./errors.ts";
import { expectEqualModels } from "./models.ts";

const FORMS = ["safetensors", "safetensors-shards", "bin", "bin-shards"] as const;
type Form = (typeof FORMS)[number];

const url = (form: Form) => new URL(`../fixtures/weights/${form}/`, import.meta.url);
const filesOf = (form: Form): Map<string, FileContent> =>
  new Map(readdirSync(url(form)).map((name) => [name, readFileSync(new URL(name, url(form)))]));

const json = (content: FileContent) => JSON.parse(Buffer.from(content as Uint8Array).toString());
const load = (files: ReadonlyMap<string, FileContent>) => loadModel(memoryFiles(files, "folder"));

describe("one model as transformers and its library saved it", () => {
  it.each(FORMS)("%s: is the same model", async (form) => {
    const { model } = await load(filesOf("safetensors"));
    expectEqualModels((await load(filesOf(form))).model, model);
    expectEqualModels((await loadModel(folderFiles(url(form).pathname))).model, model);
    const fetched = urlFiles("https://host/m", { fetch: serving(filesOf(form)) });
    expectEqualModels((await loadModel(fetched)).model, model);
  });

  it("is taken from the first form that transformers looks for", async () => {
    const files = new Map([...FORMS].reverse().flatMap((form) => [...filesOf(form)]));
    for (const name of ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"]) {
      expect((await openWeights(memoryFiles(files, "folder")))?.path).toBe(`folder/${name}`);
      files.delete(name);
    }
    expect((await openWeights(memoryFiles(files, "folder")))?.path).toBe("folder/pytorch_model.bin.index.json");
  });
});

const serving =
  (files: ReadonlyMap<string, FileContent>): typeof fetch =>
  async (address) => {
    const content = files.get(String(address).replace("https://host/m/", ""));
    return content === undefined ? new Response("", { status: 404 }) : new Response(content as Uint8Array<ArrayBuffer>);
  };

const INDEX = "model.safetensors.index.json";
const [FIRST, SECOND] = [1, 2].map((i) => `model-0000${i}-of-00002.safetensors`) as [string, string];
const NAME = "model.encoder.layers.0.fc1.weight";

const place = (map: Record<string, unknown>, tensor: string, shard: unknown) => {
  map[tensor] = shard;
};

/** The shards with another index, or with what else is changed. */
function shards(change: (map: Record<string, unknown>, files: Map<string, FileContent>) => unknown) {
  const files = filesOf("safetensors-shards");
  const index = json(files.get(INDEX)!);
  const changed = change(index.weight_map, files);
  return files.has(INDEX) ? files.set(INDEX, JSON.stringify(changed ?? index)) : files;
}

const broken: [
  what: string,
  code: Parameters<typeof heedError>[1],
  files: Map<string, FileContent>,
  message: string,
][] = [
  [
    "a shard that is missing",
    "FILE_NOT_FOUND",
    shards((_, files) => void files.delete(SECOND)),
    `There is no folder/${SECOND}, in which folder/${INDEX} has the tensor "model.decoder.`,
  ],
  [
    "a shard without a tensor that it should have",
    "FORMAT_INVALID",
    shards((map) => place(map, "more", SECOND)),
    `folder/${SECOND} lacks the tensor "more", which folder/${INDEX} has there.`,
  ],
  [
    "a tensor in another shard than its index says",
    "FORMAT_INVALID",
    shards((map) => place(map, NAME, SECOND)),
    `folder/${SECOND} lacks the tensor "${NAME}", which folder/${INDEX} has there; it is in folder/${FIRST}.`,
  ],
  [
    "a tensor in two shards",
    "FORMAT_INVALID",
    shards((map, files) => {
      files.set("copy.safetensors", files.get(FIRST)!);
      place(map, NAME, "copy.safetensors");
    }),
    `The tensor "final_logits_bias" is in folder/${FIRST} and in folder/copy.safetensors, and belongs in one of them.`,
  ],
  [
    "a shard above the folder",
    "FORMAT_INVALID",
    shards((map) => place(map, NAME, "../model.safetensors")),
    `folder/${INDEX} has the tensor "${NAME}" in "../model.safetensors", which is no name of a file in that folder.`,
  ],
  [
    "a shard at the root",
    "FORMAT_INVALID",
    shards((map) => place(map, NAME, "/model.safetensors")),
    `folder/${INDEX} has the tensor "${NAME}" in "/model.safetensors", which`,
  ],
  [
    "a shard that is a number",
    "FORMAT_INVALID",
    shards((map) => place(map, NAME, 2)),
    `folder/${INDEX} has 2 as the file of the tensor "${NAME}".`,
  ],
  ["no weight_map", "FORMAT_INVALID", shards(() => ({})), `folder/${INDEX} has no weight_map`],
  [
    "a list for a weight_map",
    "FORMAT_INVALID",
    shards(() => ({ weight_map: [] })),
    `folder/${INDEX} has no weight_map`,
  ],
  ["no tensors", "FORMAT_INVALID", shards(() => ({ weight_map: {} })), `folder/${INDEX} has 0 tensors, too few`],
  [
    "no JSON for an index",
    "FORMAT_INVALID",
    new Map(filesOf("safetensors-shards")).set(INDEX, "{"),
    `folder/${INDEX} is not JSON`,
  ],
  [
    "a shard that is broken",
    "FORMAT_INVALID",
    shards((_, files) => void files.set(SECOND, Uint8Array.of(1))),
    `folder/${SECOND} is not a whole safetensors file: it has 1 bytes`,
  ],
  [
    "a tensor of another shape in a shard",
    "SHAPE_MISMATCH",
    new Map(filesOf("safetensors-shards")).set(
      "config.json",
      JSON.stringify({ ...json(filesOf("bin").get("config.json")!), encoder_ffn_dim: 6 }),
    ),
    `folder/${FIRST}: the tensor "${NAME}" has shape [8,4]`,
  ],
  [
    "what Git puts in the place of a large file",
    "FORMAT_INVALID",
    filesOf("safetensors").set(
      "model.safetensors",
      `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 298763213\n`,
    ),
    'folder/model.safetensors is no file of weights, but what Git puts in the place of a large file. Run "git lfs pull"',
  ],
];

describe("a folder with", () => {
  it.each(broken)("%s is refused", async (_, code, files, message) => {
    const error = await heedError(() => load(files), code);
    expect(error.message.slice(0, message.length)).toBe(message);
    expect(error.path).toMatch(/^folder\//);
  });

  it("shards that hold tensors which the index does not name is opened, as by transformers", async () => {
    const { model } = await load(filesOf("safetensors"));
    const { model: found } = await load(shards((map) => void delete map[NAME]));
    expectEqualModels(found, model);
  });
});

/** Files that count what is read of them and how many are open. */
function counted(files: ModelFiles) {
  const count = { bytes: 0, largest: 0, open: 0, whole: [] as string[] };
  const open = async (name: string): Promise<OpenFile | undefined> => {
    const file = await files.open!(name);
    if (file === undefined) return undefined;
    count.open++;
    return {
      size: file.size,
      read(target, position) {
        count.bytes += target.length;
        count.largest = Math.max(count.largest, target.buffer.byteLength);
        return file.read(target, position);
      },
      close() {
        count.open--;
        return file.close();
      },
    };
  };
  const read = (name: string) => {
    count.whole.push(name);
    return files.read(name);
  };
  return { files: { location: files.location, read, open } satisfies ModelFiles, count };
}

describe("weights on a disk", () => {
  let path: string;
  const ROWS = 3000;
  const COLUMNS = 1024;
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), "heed-weights-"));
    const table = (i: number) => float32([ROWS, COLUMNS], new Float32Array(ROWS * COLUMNS).fill(i));
    const tensors = new Map<string, TensorData>([1, 2, 3].map((i) => [`t${i}`, table(i)]));
    await writeFile(join(path, "model.safetensors"), await encodeSafetensors(tensors));
  });
  afterAll(() => rm(path, { recursive: true }));

  it("are read once, tensor by tensor, and no more than is asked for", async () => {
    const { files, count } = counted(folderFiles(path));
    const source = (await openWeights(files))!;
    expect(count.bytes).toBeLessThan(1000);
    const tensor = await source.tensors.get("t2")!.readFloat32();
    expect(tensor.data.every((value) => value === 2)).toBe(true);
    const size = 4 * ROWS * COLUMNS;
    expect(count.bytes).toBeGreaterThanOrEqual(size);
    expect(count.bytes).toBeLessThan(size + 1000);
    // Straight into the numbers of that one tensor: there is no other copy.
    expect(count.largest).toBe(size);
    await source.close();
    expect(count).toMatchObject({ open: 0, whole: [] });
  });

  it.each(FORMS)("%s: the files are closed, whether they open or not, and never read whole", async (form) => {
    const { files, count } = counted(folderFiles(url(form).pathname));
    const { model } = await loadModel(files);
    expect(model.config).toMatchObject({ vocabSize: 12 });
    expect(count.open).toBe(0);
    expect(count.whole.filter((name) => /\.(bin|safetensors)$/.test(name))).toEqual([]);
    const changed = JSON.stringify({ ...json(filesOf(form).get("config.json")!), vocab_size: 13 });
    const read = async (name: string) => (name === "config.json" ? Buffer.from(changed) : files.read(name));
    await heedError(() => loadModel({ ...files, read }), "SHAPE_MISMATCH");
    expect(count.open).toBe(0);
  });
});
