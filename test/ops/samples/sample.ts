import type { Dim, DType, Tensor } from "../../../src/graph/index.ts";
import { arrayTypes, evaluateDim, TensorData } from "../../../src/graph/index.ts";

/** The numbers of an input, given how many there are. */
type Fill = (size: number, random: () => number) => readonly number[];

export interface SampleInput {
  readonly shape: readonly Dim[];
  /** "float" takes the precision that the test asks for. */
  readonly dtype: "float" | "int32" | "uint8" | "bool";
  readonly fill: Fill;
}

export interface Case {
  readonly inputs: readonly SampleInput[];
  readonly attrs?: object | null;
  /** How many outputs a gradient may flow from, where not from all. */
  readonly differentiable?: number;
}

/** One use of an op, over named dimensions: traced with their numbers, and again with symbols in their place. */
export interface Sample {
  readonly op: string;
  readonly name: string;
  readonly dims: Readonly<Record<string, number>>;
  build(dims: Readonly<Record<string, Dim>>): Case;
  /** How it is applied, where it is a function composed of ops. */
  readonly call?: (inputs: readonly Tensor[]) => readonly Tensor[];
}

export function sample<D extends string>(
  op: string,
  name: string,
  dims: Readonly<Record<D, number>>,
  build: (dims: Readonly<Record<D, Dim>>) => Case,
): Sample {
  return { op, name: `${op}: ${name}`, dims, build };
}

/** Between 0.2 and 2 in magnitude, of either sign: away from the kinks and poles at 0. */
export function float(...shape: Dim[]): SampleInput {
  return { shape, dtype: "float", fill: (size, random) => repeat(size, () => (random() < 0.5 ? -1 : 1) * far(random)) };
}

export function positive(...shape: Dim[]): SampleInput {
  return { shape, dtype: "float", fill: (size, random) => repeat(size, () => far(random)) };
}

/** Integers from 0 up to `below`; with more positions than that they repeat. */
export function ints(below: number, ...shape: Dim[]): SampleInput {
  return { shape, dtype: "int32", fill: (size, random) => repeat(size, () => Math.floor(random() * below)) };
}

export function bools(...shape: Dim[]): SampleInput {
  return { shape, dtype: "bool", fill: (size, random) => repeat(size, () => Number(random() < 0.5)) };
}

/** The given numbers, repeated as often as needed. */
export function values(dtype: SampleInput["dtype"], shape: readonly Dim[], cycle: readonly number[]): SampleInput {
  return { shape, dtype, fill: (size) => Array.from({ length: size }, (_, i) => cycle[i % cycle.length]!) };
}

/** Draws the numbers of an input; the same seed gives the same. */
export function draw(
  { shape, dtype, fill }: SampleInput,
  seed: string,
  floats: "float32" | "float64",
  dims: Readonly<Record<string, number>>,
): TensorData {
  const sizes = shape.map((dim) => evaluateDim(dim, new Map(Object.entries(dims))));
  const size = sizes.reduce((a, b) => a * b, 1);
  return tensorData(dtype === "float" ? floats : dtype, sizes, fill(size, generator(seed)));
}

export function tensorData(dtype: Exclude<DType, "int64">, shape: readonly number[], data: readonly number[]) {
  return new TensorData<DType>(dtype, shape, arrayTypes[dtype].from(data) as TensorData["data"]);
}

function repeat(size: number, next: () => number): number[] {
  return Array.from({ length: size }, next);
}

/** Three decimals keep the fixture short, and no two draws closer than a finite difference. */
function far(random: () => number): number {
  return Math.round(200 + 1800 * random()) / 1000;
}

/** Uniform numbers in [0, 1) from a string: a linear congruential generator (Knuth's MMIX constants). */
function generator(seed: string): () => number {
  const mask = (1n << 64n) - 1n;
  let state = 1n;
  const next = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & mask;
    return Number(state >> 32n) / 2 ** 32;
  };
  for (const char of seed) {
    state ^= BigInt(char.charCodeAt(0));
    next();
  }
  return next;
}
