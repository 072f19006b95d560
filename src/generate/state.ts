import type { Runtime, Value } from "../graph/runtime.ts";
import { arrayTypes, float32, int32, TensorData } from "../graph/tensor-data.ts";
import { type Ids, padRows } from "../inference/sequences.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import { Cache } from "./cache.ts";
import type { StateLayout } from "./decoding.ts";

/** The inputs of a call of a program. */
export type StateFeeds = Map<string, TensorData | Value>;

/** New positions of every input of the batch: equally many, of which some may be filling. */
interface NewPositions {
  /** [inputs, new] */
  readonly ids: TensorData;
  /** The first position of each, counted from 0. */
  readonly starts: readonly number[];
  /** The slots that a new position sees. */
  slotsOf(input: number, position: number): readonly number[];
  /** How many of the new positions before it one sees: none of the other beams, all of a prompt. */
  readonly sees: "itself" | "those before";
}

/**
 * The state of decoding of a batch: what a call reads beside the tokens. Every step fills a slot for each beam of each
 * input of the caches; a beam is the list of its slots, so that beams change places without moving what is cached.
 * Beams share most of their past: slots of beams that nobody follows are filled anew, and the caches stay small.
 */
export class DecodingState {
  readonly #runtime: Runtime;
  readonly #caches: ReadonlyMap<string, Cache>;
  /** What no call changes, with one row for each input of the batch. */
  readonly #values: Map<string, TensorData | Value>;
  readonly #relative: boolean;
  /** Of each input of the batch, of each beam: its slots, in the order of its positions. */
  #slots: readonly (readonly (readonly number[])[])[];

  /**
   * @param values What no call changes: one row for each input. The state disposes of it.
   * @internal
   */
  constructor(runtime: Runtime, { caches, relative }: StateLayout, values: StateFeeds, inputs: number) {
    this.#runtime = runtime;
    this.#values = new Map(values);
    this.#relative = relative;
    this.#caches = new Map([...caches].map(([name, type]) => [name, new Cache(name, type, inputs)]));
    this.#slots = Array.from({ length: inputs }, () => [[]]);
  }

  /** The inputs of a step, which is given the last token of each beam of each input. */
  stepFeeds(ids: readonly (readonly number[])[]): StateFeeds {
    const rows = Int32Array.from({ length: ids.flat().length }, (_, i) => i);
    const shape = [ids.length, ids[0]!.length];
    const feeds = this.#feeds(this.#beams(ids));
    return feeds.set("positions", this.#positions(shape)).set("rows", int32(shape, rows));
  }

  /** The inputs of so many greedy steps in one call, of which the first is given the last token of each input. */
  greedyFeeds(ids: readonly number[], steps: number): StateFeeds {
    const starts = this.#starts();
    const positions = Array.from({ length: steps }, (_, step) => starts.map((start) => start + step)).flat();
    const feeds = this.#feeds(this.#beams(ids.map((id) => [id])));
    return feeds.set("positions", int32([steps, ids.length, 1], positions));
  }

  /** The inputs of a call that reads tokens of each input, one behind the other. A row that is shorter is filled. */
  promptFeeds(rows: readonly Ids[]): StateFeeds {
    const ids = padRows(rows, 0);
    const [inputs, width] = ids.shape as [number, number];
    const starts = this.#starts();
    const lengths = rows.map(({ length }) => length);
    // A filling stands where the row begins: where it ends there may be no position any more.
    const positions = starts.flatMap((start, i) =>
      Array.from({ length: width }, (_, at) => (at < lengths[i]! ? start + at : start)),
    );
    const feeds = this.#feeds({ ids, starts, slotsOf: (input) => this.#slots[input]![0]!, sees: "those before" });
    return feeds.set("positions", int32([inputs, width], positions)).set(
      "rows",
      int32(
        [inputs, 1],
        starts.map((_, input) => input * width),
      ),
    );
  }

  /** Takes in what a step gave to remember of each beam. Shape: [inputs, beams, numbers of all caches]. */
  append(added: TensorData): void {
    const free = this.#slots.map((ofInput) => freeSlots(ofInput, ofInput.length));
    this.#write(added, free);
    this.#slots = this.#slots.map((ofInput, i) => ofInput.map((slots, beam) => [...slots, free[i]![beam]!]));
  }

  /** Takes in what was read of prompts, so many positions of each. Shape: [inputs, longest, numbers of all caches]. */
  appendPrompt(added: TensorData, lengths: readonly number[]): void {
    const free = this.#slots.map((ofInput, i) => freeSlots(ofInput, lengths[i]!));
    this.#write(added, free);
    this.#slots = this.#slots.map(([only], i) => [[...only!, ...free[i]!]]);
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
    for (const cache of this.#caches.values()) cache.select(inputs);
    for (const [name, value] of this.#values) this.#values.set(name, await this.#selected(value, inputs));
  }

  dispose(): void {
    for (const value of this.#values.values()) if (!(value instanceof TensorData)) value.dispose();
    this.#values.clear();
  }

  async #selected(value: TensorData | Value, inputs: readonly number[]): Promise<TensorData | Value> {
    if (value instanceof TensorData) return gatherRows(value, inputs);
    const selected = await this.#runtime.upload(gatherRows(await value.read(), inputs));
    value.dispose();
    return selected;
  }

  /** Where the next position of each input stands: all of its beams are equally long. */
  #starts(): number[] {
    return this.#slots.map(([first]) => first!.length);
  }

  #beams(ids: readonly (readonly number[])[]): NewPositions {
    return {
      ids: int32([ids.length, ids[0]!.length], ids.flat()),
      starts: this.#starts(),
      slotsOf: (input, beam) => this.#slots[input]![beam]!,
      sees: "itself",
    };
  }

  /** The position of all beams of each input. */
  #positions([inputs, beams]: readonly number[]): TensorData {
    const starts = this.#starts();
    return int32(
      [inputs!, beams!],
      starts.flatMap((start) => new Array<number>(beams!).fill(start)),
    );
  }

  #feeds(added: NewPositions): StateFeeds {
    const feeds: StateFeeds = new Map(this.#values);
    for (const [name, cache] of this.#caches) feeds.set(name, cache.tensor());
    if (this.#relative) feeds.set("keyPositions", this.#keyPositions(added));
    return feeds.set("ids", added.ids).set("mask", this.#mask(added));
  }

  get #capacity(): number {
    const [first] = this.#caches.values();
    return first?.capacity ?? 0;
  }

  /** A slot stands at the same position in all beams that have it. */
  #keyPositions({ ids, starts, sees }: NewPositions): TensorData {
    const count = ids.shape[1]!;
    const capacity = this.#capacity;
    const width = capacity + count;
    const keys = new Int32Array(this.#slots.length * width);
    this.#slots.forEach((ofInput, input) => {
      const row = keys.subarray(input * width, (input + 1) * width);
      for (const slots of ofInput) {
        slots.forEach((slot, position) => {
          row[slot] = position;
        });
      }
      for (let i = 0; i < count; i++) row[capacity + i] = starts[input]! + (sees === "itself" ? 0 : i);
    });
    return int32([this.#slots.length, width], keys);
  }

  #mask({ ids, slotsOf, sees }: NewPositions): TensorData {
    const count = ids.shape[1]!;
    const capacity = this.#capacity;
    const width = capacity + count;
    const mask = new Float32Array(this.#slots.length * count * width).fill(FORBIDDEN);
    for (let input = 0, start = 0; input < this.#slots.length; input++) {
      for (let position = 0; position < count; position++, start += width) {
        for (const slot of slotsOf(input, position)) mask[start + slot] = 0;
        const first = sees === "itself" ? position : 0;
        mask.fill(0, start + capacity + first, start + capacity + position + 1);
      }
    }
    return float32([this.#slots.length, 1, count, width], mask);
  }

  #write(added: TensorData, slotsOfInputs: readonly (readonly number[])[]): void {
    const needed = 1 + Math.max(...slotsOfInputs.map((slots) => slots.at(-1) ?? -1));
    let offset = 0;
    for (const cache of this.#caches.values()) {
      cache.reserve(needed);
      cache.write(added, offset, slotsOfInputs);
      offset += cache.size;
    }
  }
}

/** The first slots that no beam of an input has, in ascending order. */
function freeSlots(ofInput: readonly (readonly number[])[], count: number): number[] {
  const taken = new Set(ofInput.flat());
  const free: number[] = [];
  for (let slot = 0; free.length < count; slot++) if (!taken.has(slot)) free.push(slot);
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
