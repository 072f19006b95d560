import type { Runtime, Value, Values } from "../graph/runtime.ts";
import { arrayTypes, dataAs, float32, int32, TensorData } from "../graph/tensor-data.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import { Cache } from "./cache.ts";
import type { StateLayout } from "./programs.ts";

/**
 * The state of decoding of a batch: what a step reads beside the tokens. Every step fills a slot for each beam of each
 * input of the caches; a beam is the list of its slots, so that beams change places without moving what is cached.
 * Beams share most of their past: slots of beams that nobody follows are filled anew, and the caches stay small.
 */
export class DecodingState {
  readonly #runtime: Runtime;
  readonly #caches: readonly Cache[];
  readonly #cacheNames: readonly string[];
  /** The leaves that no step changes, with one row for each input of the batch. */
  readonly #values: Map<string, Value>;
  /** Of each input of the batch, of each beam: its slots. Every beam has one of each step. */
  #slots: readonly (readonly (readonly number[])[])[];
  #length = 0;

  /**
   * @param prefilled What prefill returned: one row for each input. The state disposes of it.
   * @internal
   */
  constructor(runtime: Runtime, { caches }: StateLayout, prefilled: Values, inputs: number) {
    this.#runtime = runtime;
    this.#values = new Map(prefilled);
    this.#cacheNames = [...caches.keys()];
    this.#caches = [...caches].map(([name, type]) => new Cache(name, type, inputs));
    this.#slots = Array.from({ length: inputs }, () => [[]]);
  }

  /** The inputs of so many steps, of which the first is given the last token of each beam of each input. */
  feeds(ids: readonly (readonly number[])[], steps = 1): Map<string, TensorData | Value> {
    const positions = Int32Array.from({ length: steps }, (_, step) => this.#length + step);
    const feeds = new Map<string, TensorData | Value>(this.#values);
    this.#cacheNames.forEach((name, i) => {
      feeds.set(name, this.#caches[i]!.tensor());
    });
    return feeds
      .set("ids", int32([ids.length, ids[0]!.length], ids.flat()))
      .set("positions", int32([steps, 1], positions))
      .set("mask", this.#mask());
  }

  /** Takes in what a step gave to remember of each beam. Shape: [inputs, beams, numbers of all caches]. */
  append(added: TensorData): void {
    const numbers = dataAs(added, "float32");
    const free = this.#slots.map(freeSlots);
    const needed = 1 + Math.max(...free.map((slots) => slots.at(-1)!));
    let offset = 0;
    for (const cache of this.#caches) {
      cache.reserve(needed);
      cache.write(numbers, offset, free);
      offset += cache.size;
    }
    this.#slots = this.#slots.map((ofInput, i) => ofInput.map((slots, beam) => [...slots, free[i]![beam]!]));
    this.#length++;
  }

  /**
   * Keeps some inputs of the batch, and lets beams follow others.
   *
   * @param inputs Which inputs of the batch, by their place in it.
   * @param parents For each of them the beams that its next ones follow: equally many for all.
   */
  async select(inputs: readonly number[], parents: readonly (readonly number[])[]): Promise<void> {
    const all = this.#slots.length;
    this.#slots = inputs.map((input, i) => parents[i]!.map((parent) => this.#slots[input]![parent]!));
    if (inputs.length === all && inputs.every((input, i) => input === i)) return;
    for (const cache of this.#caches) cache.select(inputs);
    for (const [name, value] of this.#values) {
      this.#values.set(name, await this.#runtime.upload(gatherRows(await value.read(), inputs)));
      value.dispose();
    }
  }

  dispose(): void {
    for (const value of this.#values.values()) value.dispose();
    this.#values.clear();
  }

  /** Each beam sees the slots of its past and the one that it is about to fill. */
  #mask(): TensorData {
    const beams = this.#slots[0]!.length;
    const capacity = this.#caches[0]?.capacity ?? 0;
    const width = capacity + beams;
    const mask = new Float32Array(this.#slots.length * beams * width).fill(FORBIDDEN);
    let start = 0;
    for (const ofInput of this.#slots) {
      ofInput.forEach((slots, beam) => {
        for (const slot of slots) mask[start + slot] = 0;
        mask[start + capacity + beam] = 0;
        start += width;
      });
    }
    return float32([this.#slots.length, 1, beams, width], mask);
  }
}

/** The first slots that no beam of an input has, one for each of its beams, in ascending order. */
function freeSlots(ofInput: readonly (readonly number[])[]): number[] {
  const taken = new Set(ofInput.flat());
  const free: number[] = [];
  for (let slot = 0; free.length < ofInput.length; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

/** The rows of the given indices. Shape: [rows, …] → [indices, …]. */
function gatherRows({ dtype, shape, data }: TensorData, indices: readonly number[]): TensorData {
  const width = data.length / shape[0]!;
  const gathered = new arrayTypes[dtype](indices.length * width);
  indices.forEach((index, row) => {
    gathered.set(data.subarray(index * width, (index + 1) * width) as never, row * width);
  });
  return new TensorData(dtype, [indices.length, ...shape.slice(1)], gathered);
}
