import { HeedError } from "../error.ts";
import { formatShape, symbolName } from "../graph/dim.ts";
import type { TensorType } from "../graph/tensor.ts";
import { dataAs, TensorData } from "../graph/tensor-data.ts";
import { PAST } from "./decoding.ts";

const FIRST_ROOM = 16;
/** The engine reads all of the room, filled or not: so it does not double. */
const GROWTH = 1.5;

/**
 * What decoding keeps of each slot of each input, in memory with room for more: what a step adds is written to slots that
 * are free, and nothing else moves. It holds `blocks` × `width` numbers of each slot: those of the dimensions before and after `past`.
 *
 * Shape: [inputs, …, past, …], for attention [inputs, numHeads, past, dHead].
 */
export class Cache {
  /** Numbers of a slot. */
  readonly size: number;
  readonly #before: readonly number[];
  readonly #after: readonly number[];
  readonly #blocks: number;
  readonly #width: number;
  #inputs: number;
  #capacity = 0;
  #data: Float32Array<ArrayBuffer>;

  constructor(name: string, { shape, dtype }: TensorType, inputs: number) {
    const past = shape.findIndex((dim) => symbolName(dim) === PAST);
    const [before, after] = [shape.slice(1, past), shape.slice(past + 1)];
    if (dtype !== "float32" || past < 1 || [...before, ...after].some((dim) => typeof dim !== "number")) {
      const found = `${dtype}${formatShape(shape)}`;
      throw new HeedError("GRAPH_INVALID", `"${name}" is ${found}: a cache is float32[batch, …, ${PAST}, …].`);
    }
    this.#before = before as number[];
    this.#after = after as number[];
    this.#blocks = product(this.#before);
    this.#width = product(this.#after);
    this.size = this.#blocks * this.#width;
    this.#inputs = inputs;
    this.#data = this.#room();
  }

  /** How many slots there is room for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** All of the room, filled or not. Its memory changes with the next call of another method. */
  tensor(): TensorData<"float32"> {
    return new TensorData("float32", [this.#inputs, ...this.#before, this.#capacity, ...this.#after], this.#data);
  }

  /** Makes room for so many slots of each input. */
  reserve(slots: number): void {
    if (slots <= this.#capacity) return;
    const old = this.#data;
    const stride = this.#capacity * this.#width;
    this.#capacity = Math.max(slots, FIRST_ROOM, Math.ceil((this.#capacity * GROWTH) / 8) * 8);
    this.#data = this.#room();
    for (let block = 0; block < this.#inputs * this.#blocks; block++) {
      this.#data.set(old.subarray(block * stride, (block + 1) * stride), block * this.#capacity * this.#width);
    }
  }

  /**
   * Writes numbers to slots of each input that there is room for.
   *
   * @param added [inputs, positions, …], of which this cache's begin at `offset` of every position.
   * @param slotsOfInputs Where the first positions of each input go.
   */
  write(added: TensorData, offset: number, slotsOfInputs: readonly (readonly number[])[]): void {
    const data = dataAs(added, "float32");
    const [blocks, width] = [this.#blocks, this.#width];
    const [, positions, stride] = added.shape as readonly [number, number, number];
    slotsOfInputs.forEach((slots, input) => {
      slots.forEach((slot, position) => {
        let source = (input * positions + position) * stride + offset;
        for (let block = 0; block < blocks; block++) {
          const target = ((input * blocks + block) * this.#capacity + slot) * width;
          for (let i = 0; i < width; i++) this.#data[target + i] = data[source++]!;
        }
      });
    });
  }

  /** Keeps some inputs, in the order given. Those that stay in their place are not moved. */
  select(inputs: readonly number[]): void {
    const size = this.#data.length / this.#inputs;
    const stays = inputs.every((input, place) => input === place || input >= inputs.length);
    const source = stays ? this.#data : this.#data.slice();
    inputs.forEach((input, place) => {
      if (input !== place) this.#data.set(source.subarray(input * size, (input + 1) * size), place * size);
    });
    this.#inputs = inputs.length;
    this.#data = this.#data.subarray(0, inputs.length * size);
  }

  #room(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#inputs * this.size * this.#capacity);
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}
