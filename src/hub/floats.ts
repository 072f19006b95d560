/** Makes float32 of the bytes of numbers, little-endian and aligned. `target` has a place for each. */
type Decode = (bytes: Uint8Array<ArrayBuffer>, target: Float32Array) => void;

/** The floating-point types of files, as safetensors spells them: the bytes of a number, and how it becomes float32. */
export const floatTypes = {
  F64: { size: 8, decode: (bytes, target) => target.set(new Float64Array(...span(bytes, 8))) },
  F32: { size: 4, decode: (bytes, target) => target.set(new Float32Array(...span(bytes, 4))) },
  F16: { size: 2, decode: (bytes, target) => fromFloat16(new Uint16Array(...span(bytes, 2)), target) },
  BF16: { size: 2, decode: (bytes, target) => fromBfloat16(new Uint16Array(...span(bytes, 2)), target) },
} as const satisfies Record<string, { size: number; decode: Decode }>;

export type FloatType = keyof typeof floatTypes;

export const isFloatType = (type: string): type is FloatType => Object.hasOwn(floatTypes, type);

/** The numbers of half precision as float32, which holds each of their values. */
export function halvesAsFloat32(type: "F16" | "BF16", bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(bytes.length / 2);
  floatTypes[type].decode(bytes, numbers);
  return numbers;
}

const span = (bytes: Uint8Array<ArrayBuffer>, size: number) =>
  [bytes.buffer, bytes.byteOffset, bytes.length / size] as const;

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
}

/** The number of each of the 65,536 halves, made when the first file needs it: looking up is ten times as fast. */
let halfNumbers: Float32Array | undefined;

function fromFloat16(halves: Uint16Array, target: Float32Array): void {
  halfNumbers ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => numberOfHalf(half));
  for (let i = 0; i < halves.length; i++) target[i] = halfNumbers[halves[i]!]!;
}

/** IEEE 754 half precision: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. */
function numberOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
