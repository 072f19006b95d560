import type { HeedError } from "../../error.ts";
import { invalid, unread } from "./errors.ts";
import { PickleDict, type PickleFunction, readPickle } from "./pickle.ts";

/** PyTorch's classes of storages: the element type, as safetensors spells it, and its bytes. */
const storageTypes = {
  DoubleStorage: { type: "F64", size: 8 },
  FloatStorage: { type: "F32", size: 4 },
  HalfStorage: { type: "F16", size: 2 },
  BFloat16Storage: { type: "BF16", size: 2 },
  LongStorage: { type: "I64", size: 8 },
  IntStorage: { type: "I32", size: 4 },
  ShortStorage: { type: "I16", size: 2 },
  CharStorage: { type: "I8", size: 1 },
  ByteStorage: { type: "U8", size: 1 },
  BoolStorage: { type: "BOOL", size: 1 },
} as const;

class StorageType {
  readonly type: string;
  /** Bytes of an element. */
  readonly size: number;

  constructor({ type, size }: { type: string; size: number }) {
    this.type = type;
    this.size = size;
  }
}

/** A row of elements, which several tensors may share. */
export class Storage {
  readonly type: string;
  readonly elementSize: number;
  /** The name of its file in the archive. */
  readonly key: string;
  /** Elements. */
  readonly count: number;

  constructor({ type, size }: StorageType, key: string, count: number) {
    this.type = type;
    this.elementSize = size;
    this.key = key;
    this.count = count;
  }
}

/** A tensor as PyTorch has it: its element at (i, j, …) is that of the storage at offset + i·strides[0] + j·strides[1] + … */
export class StridedTensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** Most dimensions of a tensor: PyTorch's own limit. */
const MAX_DIMENSIONS = 64;

/**
 * Reads the data.pkl of a file that torch.save wrote of a dictionary of tensors. Every tensor lies in its storage, and has
 * no more elements than that.
 *
 * @throws HeedError FORMAT_INVALID naming what else is in it.
 */
export async function readStateDict(bytes: Uint8Array, path: string): Promise<ReadonlyMap<string, StridedTensor>> {
  const value = await readPickle(bytes, { globals: globalsFor(path), persistent: storageFor(path) }, path);
  if (!(value instanceof PickleDict)) throw noStateDict(path, kindOf(value));
  const tensors = new Map<string, StridedTensor>();
  for (const [name, tensor] of value.entries as ReadonlyMap<string, unknown>) {
    if (!(tensor instanceof StridedTensor)) throw noStateDict(path, `${kindOf(tensor)} under the name "${name}"`);
    tensors.set(name, tensor);
  }
  return tensors;
}

/** `transformers` finds no weights in such files, either. */
function noStateDict(path: string, found: string): HeedError {
  const what = `holds ${found}, where a model's file is a dictionary of tensors alone; perhaps it is a training's state`;
  const advice = "Save the model alone: in Python, torch.save(model.state_dict(), 'pytorch_model.bin').";
  return unread(path, what, advice);
}

/** The names of Python's that Heed has something for: no others can be reached. */
function globalsFor(path: string): ReadonlyMap<string, unknown> {
  const classes = Object.entries(storageTypes).map(([name, type]) => [`torch.${name}`, new StorageType(type)] as const);
  return new Map<string, unknown>([
    ...classes,
    ["collections.OrderedDict", dictFor(path)],
    ["torch._utils._rebuild_tensor_v2", tensorFor(path)],
    ["torch._utils._rebuild_parameter", parameterFor(path)],
  ]);
}

const dictFor =
  (path: string): PickleFunction =>
  (args) => {
    if (args.length > 0) throw invalid(path, "its data.pkl makes an OrderedDict of a list");
    return new PickleDict();
  };

/** ("storage", class, key, device, elements) */
const storageFor =
  (path: string): PickleFunction =>
  ([kind, type, key, , count]) => {
    const known = kind === "storage" && type instanceof StorageType && typeof key === "string" && isSize(count);
    if (!known) throw invalid(path, "its data.pkl refers to something that is no storage");
    return new Storage(type, key, count);
  };

/** (storage, offset, shape, strides, requires_grad, backward_hooks, …) */
const tensorFor =
  (path: string): PickleFunction =>
  ([storage, offset, shape, strides]) => {
    if (!(storage instanceof Storage)) throw invalid(path, "its data.pkl makes a tensor of what is no storage");
    if (!isSize(offset) || !isSizes(shape) || !isSizes(strides) || shape.length !== strides.length) {
      throw invalid(path, "its data.pkl has a tensor without an offset, a shape and strides of whole numbers");
    }
    const tensor = new StridedTensor(storage, offset, shape, strides);
    const described = `a tensor of shape [${shape}], strides [${strides}] and offset ${offset}`;
    const { count } = storage;
    if (!(reachOf(tensor) <= count))
      throw invalid(path, `${described} reaches beyond its storage of ${count} elements`);
    if (!(elementsIn(shape) <= count))
      throw unread(path, `has ${described}, more elements than its storage of ${count}`);
    return tensor;
  };

/** (tensor, requires_grad, backward_hooks) */
const parameterFor =
  (path: string): PickleFunction =>
  ([tensor]) => {
    if (tensor instanceof StridedTensor) return tensor;
    throw invalid(path, "its data.pkl makes a parameter of what is no tensor");
  };

/** The element of the storage behind the tensor's last one. */
function reachOf({ offset, shape, strides }: StridedTensor): number {
  if (shape.includes(0)) return offset;
  return shape.reduce((last, dim, axis) => last + (dim - 1) * strides[axis]!, offset) + 1;
}

export const elementsIn = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length <= MAX_DIMENSIONS && value.every(isSize);

function kindOf(value: unknown): string {
  if (value instanceof PickleDict) return "a dictionary";
  if (value instanceof StridedTensor) return "a tensor";
  if (typeof value === "string") return "a text";
  if (typeof value === "number") return "a number";
  return Array.isArray(value) ? "a tuple" : "something else";
}
