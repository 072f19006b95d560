import { pacer } from "../pacer.ts";
import type { OpenFile } from "./files.ts";
import { type FloatType, floatTypes } from "./floats.ts";

/** Bytes that are read at once. */
const PIECE = 2 ** 22;

/**
 * Reads numbers that follow each other, as float32. Beside the result it takes no more than 4 MiB, however many there are.
 *
 * @param position Of the first one, in bytes. The file holds them all.
 */
export async function readFloats(
  file: OpenFile,
  type: FloatType,
  position: number,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const numbers = new Float32Array(count);
  const { size, decode } = floatTypes[type];
  const each = PIECE / size;
  // Numbers that are float32 already are read into their place.
  const piece = type === "F32" ? undefined : new Uint8Array(size * Math.min(each, count));
  for (let start = 0; start < count; start += each) {
    const target = numbers.subarray(start, start + each);
    const bytes =
      piece?.subarray(0, size * target.length) ?? new Uint8Array(numbers.buffer, start * size, size * target.length);
    await file.read(bytes, position + start * size);
    if (piece !== undefined) decode(bytes, target);
    if (pacer.due()) await pacer.rest();
  }
  return numbers;
}
