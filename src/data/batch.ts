import { HeedError, throwIfAborted } from "../error.ts";
import { pacer } from "../pacer.ts";
import { sortByLength } from "./length-order.ts";
import { type Below, createRandom } from "./random.ts";

/** The lengths of one side of every example, in tokens as the model sees them (end marks included). */
export type Lengths = ArrayLike<number>;

export interface EpochOptions {
  readonly seed: number;
  /** Counted from 0. */
  readonly epoch: number;
  /** The most padded tokens a batch may hold: rows × the sum, over the sides, of the longest length in the batch. */
  readonly maxTokens: number;
  /** How many examples of the shuffled order are sorted by length at a time: 1 to 2^20, default 16384. */
  readonly window?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which examples make up each batch of an epoch. Batch b is `order[starts[b], starts[b + 1])`. */
export interface BatchPlan {
  /** Every example exactly once. */
  readonly order: Uint32Array;
  /** One number a batch, and `order.length` at the end. */
  readonly starts: Uint32Array;
  readonly realTokens: number;
  readonly paddedTokens: number;
}

/**
 * Plans an epoch from lengths alone. The examples are shuffled; each window of that order is sorted by length and cut
 * into batches within the token budget (an example that alone exceeds it is a batch of its own); the batches of a
 * window are shuffled. The plan is a function of the lengths, seed, epoch, maxTokens and window, and of nothing else.
 * Memory: 4 bytes an example and 4 a batch.
 *
 * @param sides [source lengths, target lengths], or one array when there is but one side
 * @throws HeedError INPUT_INVALID when the sides differ in length or an option is out of range; ABORTED
 */
export async function planEpoch(sides: readonly Lengths[], options: EpochOptions): Promise<BatchPlan> {
  const { maxTokens, window = 16384 } = options;
  const length = checkedLength(sides, maxTokens, window);
  const below = createRandom(options.seed, options.epoch);
  const order = await shuffled(length, below);
  const cutter = new Cutter(sides, maxTokens);
  const starts = [0];
  for (let start = 0; start < length; start += window) {
    if (pacer.due()) await pacer.rest();
    throwIfAborted(options.signal);
    const examples = order.subarray(start, start + window);
    sortByLength(examples, sides);
    for (const size of shuffleBatches(examples, cutter.cut(examples), below)) starts.push(starts.at(-1)! + size);
  }
  const { realTokens, paddedTokens } = cutter;
  return { order, starts: Uint32Array.from(starts), realTokens, paddedTokens };
}

/** How many batches the plan has. */
export function batchCount(plan: BatchPlan): number {
  return plan.starts.length - 1;
}

/** The examples of batch `index`, a view into the plan. */
export function batchExamples(plan: BatchPlan, index: number): Uint32Array {
  return plan.order.subarray(plan.starts[index], plan.starts[index + 1]);
}

/** The share of real tokens among the padded ones, in (0, 1]. */
export function realShare(plan: BatchPlan): number {
  return plan.paddedTokens === 0 ? 1 : plan.realTokens / plan.paddedTokens;
}

function checkedLength(sides: readonly Lengths[], maxTokens: number, window: number): number {
  const length = sides[0]?.length ?? 0;
  if (sides.some((side) => side.length !== length)) {
    const lengths = sides.map((side) => side.length).join(" and ");
    throw new HeedError("INPUT_INVALID", `The sides of the examples differ in number: ${lengths}.`);
  }
  if (!(maxTokens >= 1)) throw new HeedError("INPUT_INVALID", `maxTokens must be at least 1, not ${maxTokens}.`);
  if (!(Number.isInteger(window) && window >= 1 && window <= 2 ** 20)) {
    throw new HeedError("INPUT_INVALID", `window must be an integer from 1 to ${2 ** 20}, not ${window}.`);
  }
  return length;
}

/** The integers below `length` in random order (Fisher–Yates). */
async function shuffled(length: number, below: Below): Promise<Uint32Array> {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    if (i % 65536 === 65535 && pacer.due()) await pacer.rest();
    const j = below(i + 1);
    order[i] = order[j]!;
    order[j] = i;
  }
  return order;
}

/** Cuts examples into batches, in the order given, and counts tokens. */
class Cutter {
  realTokens = 0;
  paddedTokens = 0;
  readonly #sides: readonly Lengths[];
  readonly #maxTokens: number;
  readonly #widest: number[];

  constructor(sides: readonly Lengths[], maxTokens: number) {
    this.#sides = sides;
    this.#maxTokens = maxTokens;
    this.#widest = sides.map(() => 0);
  }

  /** The sizes of the batches. */
  cut(examples: Uint32Array): number[] {
    const sizes: number[] = [];
    let rows = 0;
    let width = 0;
    for (const example of examples) {
      const wider = this.#widthWith(example);
      if (rows > 0 && (rows + 1) * wider > this.#maxTokens) {
        this.#close(sizes, rows, width);
        rows = 0;
      }
      width = this.#take(example);
      rows++;
    }
    this.#close(sizes, rows, width);
    return sizes;
  }

  #widthWith(example: number): number {
    let width = 0;
    for (let s = 0; s < this.#widest.length; s++) width += Math.max(this.#widest[s]!, this.#sides[s]![example]!);
    return width;
  }

  #take(example: number): number {
    let width = 0;
    for (let s = 0; s < this.#widest.length; s++) {
      const length = this.#sides[s]![example]!;
      this.realTokens += length;
      width += this.#widest[s] = Math.max(this.#widest[s]!, length);
    }
    return width;
  }

  #close(sizes: number[], rows: number, width: number): void {
    sizes.push(rows);
    this.paddedTokens += rows * width;
    this.#widest.fill(0);
  }
}

/** Puts the batches of a window, given by their sizes, into random order, in place; returns the sizes in that order. */
function shuffleBatches(examples: Uint32Array, sizes: readonly number[], below: Below): number[] {
  const sorted = examples.slice();
  let end = 0;
  const batches = sizes.map((size) => {
    end += size;
    return sorted.subarray(end - size, end);
  });
  for (let i = batches.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [batches[i], batches[j]] = [batches[j]!, batches[i]!];
  }
  let at = 0;
  for (const batch of batches) {
    examples.set(batch, at);
    at += batch.length;
  }
  return batches.map((batch) => batch.length);
}
