import type { Runtime, Value, Values } from "../graph/runtime.ts";
import { arrayTypes, TensorData } from "../graph/tensor-data.ts";
import { Cache, Scratch } from "./cache.ts";
import type { StateLayout } from "./programs.ts";

/** The state of decoding of a batch: what `step` reads beside the tokens, row by row. */
export class DecodingState {
  /** How many positions are filled. */
  length = 0;
  readonly #runtime: Runtime;
  readonly #layout: StateLayout;
  readonly #caches: ReadonlyMap<string, Cache>;
  readonly #scratch = new Scratch();
  /** Every leaf that is no cache, with one row for each row of decoding. */
  readonly #values: Map<string, Value>;
  /** The shared leaves with one row for each input, once they are needed here. */
  readonly #shared = new Map<string, TensorData>();
  /** The input of each row. */
  #inputs: readonly number[];

  /** @param prefilled What prefill returned: one row for each input. The state disposes of it. */
  constructor(runtime: Runtime, layout: StateLayout, prefilled: Values, inputs: number) {
    this.#runtime = runtime;
    this.#layout = layout;
    this.#values = new Map(prefilled);
    this.#inputs = Array.from({ length: inputs }, (_, i) => i);
    this.#caches = new Map([...layout.caches].map(([name, type]) => [name, new Cache(name, type, inputs)]));
  }

  feeds(): Map<string, TensorData | Value> {
    const feeds = new Map<string, TensorData | Value>(this.#values);
    for (const [name, cache] of this.#caches) feeds.set(name, cache.tensor());
    return feeds;
  }

  /** Takes in what a step returned. It disposes of what it does not keep. */
  async append(returned: Values): Promise<void> {
    const read = [...this.#caches].map(async ([name, cache]) => ({ cache, part: await returned.get(name)!.read() }));
    for (const { cache, part } of await Promise.all(read)) cache.append(part, this.length);
    for (const [name, value] of returned) {
      if (this.#layout.carried.includes(name)) this.#replace(name, value);
      else value.dispose();
    }
    this.length++;
  }

  /** Makes row i a copy of what row parents[i] was. */
  async select(parents: readonly number[]): Promise<void> {
    if (parents.length === this.#inputs.length && parents.every((parent, row) => parent === row)) return;
    for (const cache of this.#caches.values()) cache.select(parents, this.length, this.#scratch);
    for (const name of this.#layout.carried) {
      const rows = await this.#values.get(name)!.read();
      this.#replace(name, await this.#runtime.upload(gatherRows(rows, parents)));
    }
    await this.#selectShared(parents.map((parent) => this.#inputs[parent]!));
  }

  dispose(): void {
    for (const value of this.#values.values()) value.dispose();
    this.#values.clear();
  }

  /** Rows that only change places within their input need no copy. */
  async #selectShared(inputs: readonly number[]): Promise<void> {
    const same = inputs.length === this.#inputs.length && inputs.every((input, row) => input === this.#inputs[row]);
    this.#inputs = inputs;
    if (same) return;
    for (const name of this.#layout.shared) {
      const ofInputs = this.#shared.get(name) ?? (await this.#values.get(name)!.read());
      this.#shared.set(name, ofInputs);
      this.#replace(name, await this.#runtime.upload(gatherRows(ofInputs, inputs)));
    }
  }

  #replace(name: string, value: Value): void {
    this.#values.get(name)?.dispose();
    this.#values.set(name, value);
  }
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
