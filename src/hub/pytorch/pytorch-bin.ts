import { float32 } from "../../graph/tensor-data.ts";
import { pacer } from "../../pacer.ts";
import type { OpenFile } from "../files.ts";
import { readFloats } from "../read-floats.ts";
import { contiguousTensor, floatTypeOf, type WeightTensor } from "../weight-source.ts";
import { type Archive, openArchive } from "./archive.ts";
import { invalid, unread } from "./errors.ts";
import { readStateDict, type Storage, type StridedTensor } from "./state-dict.ts";
import { gathered, isContiguous } from "./strided.ts";

/** Most bytes of a pickle: one of 100,000 tensors has 20 MB. */
const MAX_PICKLE = 2 ** 26;

/**
 * The tensors of a file that torch.save wrote of a dictionary: a zip archive of a pickle, which is read and never run, and
 * of one file for each storage, of which nothing is read yet.
 *
 * @throws HeedError FORMAT_INVALID naming what is broken, or what is not read and how to convert it.
 */
export async function readPytorchBin(file: OpenFile, path: string): Promise<ReadonlyMap<string, WeightTensor>> {
  await checkBeginning(file, path);
  const archive = await openArchive(file, path);
  const folder = folderOf(archive, path);
  await checkByteOrder(file, archive, folder, path);
  const pickle = await contentOf(file, archive, `${folder}/data.pkl`, MAX_PICKLE, path);
  const tensors = new Map<string, WeightTensor>();
  const positions = new Map<string, number>();
  for (const [name, tensor] of await readStateDict(pickle!, path)) {
    const { storage } = tensor;
    const position = positions.get(storage.key) ?? locateStorage(archive, folder, storage, path);
    positions.set(storage.key, position);
    if (pacer.due()) await pacer.rest();
    tensors.set(name, weightTensor({ name, path, type: storage.type, shape: tensor.shape }, tensor, file, position));
  }
  return tensors;
}

const ZIP = Uint8Array.of(0x50, 0x4b, 0x03, 0x04);
/** A pickle of the number 0x1950a86a20f9469cfc6c, with which PyTorch before 1.6 began its files. */
const LEGACY = Uint8Array.of(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
const TAR = new TextEncoder().encode("ustar");
const TAR_POSITION = 257;

async function checkBeginning(file: OpenFile, path: string): Promise<void> {
  const beginning = new Uint8Array(Math.min(file.size, 512));
  await file.read(beginning, 0);
  const has = (signature: Uint8Array, at = 0) => signature.every((byte, i) => beginning[at + i] === byte);
  if (has(ZIP)) return;
  if (has(LEGACY))
    throw unread(path, "is in the form of PyTorch before 1.6 (not a zip archive), which Heed does not read");
  if (has(TAR, TAR_POSITION)) {
    const advice = "torch.load(file, weights_only=False) opens it and runs what it says: do so only if you trust it";
    throw unread(path, "is a tar archive, the form of PyTorch before 0.2, which Heed does not read", `${advice}.`);
  }
  throw invalid(path, "it is no zip archive");
}

/** The folder in the archive that holds everything: it has the name that the file had when it was written. */
function folderOf({ names }: Archive, path: string): string {
  const folders = names.flatMap((name) => /^([^/]+)\/data\.pkl$/.exec(name)?.[1] ?? []);
  const [folder] = folders;
  if (folder === undefined || folders.length > 1) {
    throw invalid(path, `its zip archive has ${folders.length} files of the name data.pkl`);
  }
  if (names.some((name) => name === `${folder}/constants.pkl` || name.startsWith(`${folder}/code/`))) {
    const advice =
      "torch.jit.load(file).state_dict() gives its tensors in Python; save them with safetensors' save_file.";
    throw unread(path, "is a program of TorchScript, which Heed does not run", advice);
  }
  return folder;
}

async function checkByteOrder(file: OpenFile, archive: Archive, folder: string, path: string): Promise<void> {
  const bytes = await contentOf(file, archive, `${folder}/byteorder`, 16, path);
  const order = bytes === undefined ? "little" : new TextDecoder().decode(bytes);
  if (order !== "little") throw unread(path, `has numbers of the byte order ${JSON.stringify(order)}, not "little"`);
}

async function contentOf(file: OpenFile, archive: Archive, name: string, most: number, path: string) {
  const found = archive.find(name);
  if (found === undefined) return undefined;
  if (found.size > most) throw invalid(path, `its ${name} has ${found.size} bytes; ${most} are allowed`);
  const bytes = new Uint8Array(found.size);
  await file.read(bytes, found.position);
  return bytes;
}

/** Where the first element of a storage lies in the file, in bytes. */
function locateStorage(archive: Archive, folder: string, storage: Storage, path: string): number {
  const name = `${folder}/data/${storage.key}`;
  const found = archive.find(name);
  if (found === undefined) throw invalid(path, `its zip archive lacks ${JSON.stringify(name)}`);
  const expected = storage.count * storage.elementSize;
  if (found.size === expected) return found.position;
  const described = `${storage.count} elements of ${storage.type} have ${expected}`;
  throw invalid(path, `its ${JSON.stringify(name)} has ${found.size} bytes, where ${described}`);
}

function weightTensor(
  about: Omit<WeightTensor, "readFloat32">,
  { storage, offset, shape, strides }: StridedTensor,
  file: OpenFile,
  storagePosition: number,
): WeightTensor {
  const position = storagePosition + offset * storage.elementSize;
  if (shape.includes(0) || isContiguous(shape, strides)) return contiguousTensor(about, file, position);
  const span = shape.reduce((last, dim, axis) => last + (dim - 1) * strides[axis]!, 1);
  return {
    ...about,
    async readFloat32() {
      const numbers = await readFloats(file, floatTypeOf(about), position, span);
      return float32(shape, await gathered(numbers, shape, strides));
    },
  };
}
