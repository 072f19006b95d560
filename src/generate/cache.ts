import { HeedError } from "../error.ts";
import { formatShape, symbolName } from "../graph/dim.ts";
import type { TensorType } from "../graph/tensor.ts";
import { dataAs, TensorData } from "../graph/tensor-data.ts";
import { PAST } from "../models/family.ts";

const FIRST_CAPACITY = 16;

/** Memory that one cache has left and the next may use. */
export class Scratch {
  #spare: Float32Array<ArrayBuffer> = new Float32Array(0);

  take(size: number): Float32Array<ArrayBuffer> {
    if (this.#spare.length !== size) return new Float32Array(size);
    const taken = this.#spare;
    this.#spare = new Float32Array(0);
    return taken;
  }

  give(memory: Float32Array<ArrayBuffer>): void {
    this.#spare = memory;
  }
}

/**
 * What decoding keeps of the positions so far, in memory with room for more: a step writes its one position in, and
 * nothing else moves. The room doubles when it is used up. It holds `blocks` × `width` numbers of each position of a
 * row: those of the dimensions before and after `past`.
 *
 * Shape: [rows, …, past, …], for attention [rows, numHeads, past, dHead].
 */
export class Cache {
  readonly #before: readonly number[];
  readonly #after: readonly number[];
  readonly #blocks: number;
  readonly #width: number;
  #rows: number;
  #capacity = FIRST_CAPACITY;
  #data: Float32Array<ArrayBuffer>;

  constructor(name: string, { shape, dtype }: TensorType, rows: number) {
    const past = shape.findIndex((dim) => symbolName(dim) === PAST);
    const [before, after] = [shape.slice(1, past), shape.slice(past + 1)];
    if (dtype !== "float32" || past < 1 || [...before, ...after].some((dim) => typeof dim !== "number")) {
      const found = `${dtype}${formatShape(shape)}`;
      throw new HeedError("GRAPH_INVALID", `"${name}" is ${found}: a cache is float32[rows, …, ${PAST}, …].`);
    }
    this.#before = before as number[];
    this.#after = after as number[];
    this.#blocks = product(this.#before);
    this.#width = product(this.#after);
    this.#rows = rows;
    this.#data = new Float32Array(this.#size());
  }

  /** All of the room, filled or not. Its memory changes with the next call of another method. */
  tensor(): TensorData<"float32"> {
    return new TensorData("float32", [this.#rows, ...this.#before, this.#capacity, ...this.#after], this.#data);
  }

  /** Writes one position of every row. Shape: part [rows, …, 1, …]. */
  append(part: TensorData, position: number): void {
    if (position === this.#capacity) this.#grow();
    const numbers = dataAs(part, "float32");
    const width = this.#width;
    for (let block = 0; block < this.#rows * this.#blocks; block++) {
      const target = (block * this.#capacity + position) * width;
      for (let i = 0; i < width; i++) this.#data[target + i] = numbers[block * width + i]!;
    }
  }

  /** Makes row i a copy of what row parents[i] was, up to a length. */
  select(parents: ArrayLike<number>, length: number, scratch: Scratch): void {
    const old = this.#data;
    this.#rows = parents.length;
    this.#data = scratch.take(this.#size());
    const [stride, filled] = [this.#capacity * this.#width, length * this.#width];
    for (let row = 0; row < parents.length; row++) {
      for (let block = 0; block < this.#blocks; block++) {
        const start = (parents[row]! * this.#blocks + block) * stride;
        this.#data.set(old.subarray(start, start + filled), (row * this.#blocks + block) * stride);
      }
    }
    scratch.give(old);
  }

  #grow(): void {
    const old = this.#data;
    const stride = this.#capacity * this.#width;
    this.#capacity *= 2;
    this.#data = new Float32Array(this.#size());
    for (let block = 0; block < this.#rows * this.#blocks; block++) {
      this.#data.set(old.subarray(block * stride, (block + 1) * stride), 2 * block * stride);
    }
  }

  #size(): number {
    return this.#rows * this.#blocks * this.#capacity * this.#width;
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}
