import { HeedError } from "../error.ts";
import type { DType, TensorData } from "../graph/tensor-data.ts";
import { pacer } from "../pacer.ts";
import { wellFormed } from "../text/well-formed.ts";
import { headerLength, PREFIX, parseHeader } from "./safetensors-header.ts";
import { StoredTensor, type StoredType } from "./stored-tensor.ts";

/** A safetensors file: its tensors by name, and the strings that its writer added. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file (8 bytes: the length of the header, little-endian; the header, JSON; the tensors' bytes).
 * The tensors stay in `bytes` until they are read.
 *
 * @param path The file's name, for the messages of errors.
 * @throws HeedError FORMAT_INVALID naming the file, the tensor and what is wrong.
 */
export function parseSafetensors(bytes: Uint8Array, path: string): Safetensors {
  // A Buffer's own slice does not copy.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = plain.subarray(PREFIX, PREFIX + headerLength(plain, plain.length, path));
  const { entries, metadata, dataStart } = parseHeader(header, plain.length, path);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, type, shape, begin, end } of entries) {
    const tensor = new StoredTensor(name, type, shape, plain.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, tensor);
  }
  return { tensors, metadata };
}

/**
 * The bytes of a safetensors file, laid out as Hugging Face's own library does: wider element types first, then by
 * name, the header padded with spaces so that all data is aligned.
 *
 * @throws HeedError INPUT_INVALID for a name that the format cannot hold.
 */
export async function encodeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<Uint8Array<ArrayBuffer>> {
  const ordered = inOrder(tensors);
  const header: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [["__metadata__", metadata]];
  let end = 0;
  for (const { name, tensor, type } of ordered) {
    const begin = end;
    end += tensor.data.byteLength;
    header.push([name, { dtype: type, shape: tensor.shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(asJson(header));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(dataStart + end).fill(0x20, 8, dataStart);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.set(json, 8);
  let at = dataStart;
  for (const { data } of ordered.map(({ tensor }) => tensor)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let start = 0; start < bytes.length; start += PIECE) {
      if (pacer.due()) await pacer.rest();
      file.set(bytes.subarray(start, start + PIECE), at + start);
    }
    at += bytes.length;
  }
  return file;
}

/** Bytes that are copied without a rest. */
const PIECE = 2 ** 22;

const typeOf: Readonly<Record<DType, StoredType>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  int64: "I64",
  uint8: "U8",
  bool: "BOOL",
};

/** From the last to the first, in which order tensors are written. */
const typeOrder: readonly StoredType[] = ["BOOL", "U8", "I32", "F32", "F64", "I64"];

function inOrder(tensors: ReadonlyMap<string, TensorData>) {
  const named = [...tensors].map(([name, tensor]) => {
    if (name === "__metadata__" || wellFormed(name) !== name) {
      throw new HeedError("INPUT_INVALID", `A safetensors file cannot hold a tensor named ${JSON.stringify(name)}.`);
    }
    return { name, tensor, type: typeOf[tensor.dtype], key: new TextEncoder().encode(name) };
  });
  return named.sort((a, b) => typeOrder.indexOf(b.type) - typeOrder.indexOf(a.type) || compareBytes(a.key, b.key));
}

/** Names are ordered by their UTF-8 bytes, which differs from JavaScript's order beyond U+FFFF. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const different = a.findIndex((byte, i) => byte !== b[i]);
  return different === -1 ? a.length - b.length : a[different]! - (b[different] ?? -1);
}

/** Not by way of an object, whose keys "0", "1", … would come first. */
function asJson(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}
