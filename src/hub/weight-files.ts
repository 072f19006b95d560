import { HeedError } from "../error.ts";
import { type ModelFiles, type OpenFile, openFile } from "./files.ts";
import { readPytorchBin } from "./pytorch/pytorch-bin.ts";
import { readSafetensors } from "./safetensors-weights.ts";
import { readWeightIndex } from "./weight-index.ts";
import type { WeightReader, WeightSource, WeightTensor } from "./weight-source.ts";

/** The files of weights in the order in which `transformers` looks for them: each alone, and the index of its shards. */
const FORMS: readonly { readonly name: string; readonly read: WeightReader }[] = [
  { name: "model.safetensors", read: readSafetensors },
  { name: "pytorch_model.bin", read: readPytorchBin },
];

/**
 * Opens the weights of a folder: model.safetensors, or else its shards, or else pytorch_model.bin, or else its shards.
 *
 * @returns undefined where there are none. Who opened them closes them.
 * @throws HeedError FORMAT_INVALID naming the file and the tensor; FILE_NOT_FOUND for a shard that is missing; as reading.
 */
export async function openWeights(files: ModelFiles): Promise<WeightSource | undefined> {
  for (const { name, read } of FORMS) {
    const source = (await openAlone(files, name, read)) ?? (await openShards(files, `${name}.index.json`, read));
    if (source !== undefined) return source;
  }
  return undefined;
}

async function openAlone(files: ModelFiles, name: string, read: WeightReader): Promise<WeightSource | undefined> {
  const file = await openFile(files, name);
  if (file === undefined) return undefined;
  const path = `${files.location}/${name}`;
  try {
    await refusePointer(file, path);
    return { path, tensors: await read(file, path), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openShards(files: ModelFiles, index: string, read: WeightReader): Promise<WeightSource | undefined> {
  const shardOf = await readWeightIndex(files, index);
  if (shardOf === undefined) return undefined;
  const path = `${files.location}/${index}`;
  const shards = new Map<string, WeightSource>();
  const close = async () => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const [tensor, shard] of shardOf) {
      if (shards.has(shard)) continue;
      shards.set(shard, (await openAlone(files, shard, read)) ?? missing(`${files.location}/${shard}`, path, tensor));
    }
    const tensors = merged([...shards.values()]);
    for (const [name, shard] of shardOf) {
      const found = tensors.get(name)?.path;
      const expected = shards.get(shard)!.path;
      if (found !== expected) throw misplaced(name, found, expected, path);
    }
    return { path, tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Shards may hold tensors that the index does not name: `transformers` reads those, too. */
function merged(shards: readonly WeightSource[]): Map<string, WeightTensor> {
  const tensors = new Map<string, WeightTensor>();
  for (const tensor of shards.flatMap((shard) => [...shard.tensors.values()])) {
    const other = tensors.get(tensor.name);
    if (other !== undefined) {
      const message = `The tensor "${tensor.name}" is in ${other.path} and in ${tensor.path}, and belongs in one of them.`;
      throw new HeedError("FORMAT_INVALID", `${message} Take both again from where they came from.`, {
        path: tensor.path,
      });
    }
    tensors.set(tensor.name, tensor);
  }
  return tensors;
}

function missing(shard: string, index: string, tensor: string): never {
  const message = `There is no ${shard}, in which ${index} has the tensor "${tensor}". Take it from where the index came from.`;
  throw new HeedError("FILE_NOT_FOUND", message, { path: shard });
}

function misplaced(tensor: string, found: string | undefined, expected: string, index: string): HeedError {
  const instead = found === undefined ? "" : `; it is in ${found}`;
  const message = `${expected} lacks the tensor "${tensor}", which ${index} has there${instead}.`;
  return new HeedError("FORMAT_INVALID", `${message} Take all files again from one place.`, { path: expected });
}

/** What stands in the place of a large file where Git was told not to bring it. */
const POINTER = "version https://git-lfs.github.com/spec/";

async function refusePointer(file: OpenFile, path: string): Promise<void> {
  if (file.size < POINTER.length || file.size > 1024) return;
  const beginning = new Uint8Array(POINTER.length);
  await file.read(beginning, 0);
  if (new TextDecoder().decode(beginning) !== POINTER) return;
  const message = `${path} is no file of weights, but what Git puts in the place of a large file.`;
  throw new HeedError("FORMAT_INVALID", `${message} Run "git lfs pull" in that folder, or download the file.`, {
    path,
  });
}
