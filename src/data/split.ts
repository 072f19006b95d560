import { HeedError } from "../error.ts";
import { hashText } from "./hash.ts";
import { normalizeText } from "./pair.ts";

export type SplitName = "train" | "validation" | "test";

/** How much to hold out: a number of distinct source sentences, or a share of them such as "2%". */
export type HeldOut = number | `${number}%`;

/** Upper bounds of the keys: below `validation` is validation, from there to below `test` is test, the rest trains. */
export interface SplitBounds {
  readonly validation: number;
  readonly test: number;
}

const KEY_STEP = 2 ** -53;

/**
 * A source sentence's place in [0, 1): 53 bits of its hash, with a fixed seed. It depends on the normalised sentence
 * only, so all translations of one sentence land in the same part, on every machine and whatever else is in the corpus.
 */
export function splitKey(source: string): number {
  const [high, low] = hashText(normalizeText(source)) as unknown as [number, number];
  return (high * 2 ** 21 + (low >>> 11)) * KEY_STEP;
}

/** The part that a source sentence belongs to. */
export function splitOf(source: string, bounds: SplitBounds): SplitName {
  return splitOfKey(splitKey(source), bounds);
}

/** The part that a key (see `splitKey`) belongs to. */
export function splitOfKey(key: number, bounds: SplitBounds): SplitName {
  if (key < bounds.validation) return "validation";
  return key < bounds.test ? "test" : "train";
}

/**
 * The bounds that hold out what is asked. A number N takes exactly the N source sentences with the smallest keys (of
 * those that are left, for the test part): when each sentence occurs once, that is exactly N pairs.
 * @param keys one key a pair, in any order, equal for equal sources
 * @throws HeedError DATA_INVALID when nothing would be left to train on
 */
export function splitBounds(
  keys: Float64Array,
  { validation = 0, test = 0 }: { validation?: HeldOut | undefined; test?: HeldOut | undefined },
): SplitBounds {
  const first = boundAfter(keys, 0, validation);
  const bounds = { validation: first, test: boundAfter(keys, first, test) };
  if (!keys.some((key) => key >= bounds.test)) {
    const asked = `${validation} for validation and ${test} for test`;
    throw new HeedError(
      "DATA_INVALID",
      `Holding out ${asked} leaves no source sentence to train on. Hold out fewer, or add data.`,
    );
  }
  return bounds;
}

function boundAfter(keys: Float64Array, from: number, heldOut: HeldOut): number {
  if (typeof heldOut === "string") return from + Number.parseFloat(heldOut) / 100;
  if (heldOut === 0) return from;
  const smallest = smallestKeys(keys, from, heldOut);
  return (smallest.at(-1) ?? Number.POSITIVE_INFINITY) + KEY_STEP;
}

/** The (at most) `count` smallest distinct keys ≥ `from`, ascending, in memory of 16 bytes for each of them. */
function smallestKeys(keys: Float64Array, from: number, count: number): Float64Array {
  const room = Math.min(count, keys.length);
  const buffer = new Float64Array(2 * room);
  let used = 0;
  let limit = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    if (key < from || key >= limit) continue;
    buffer[used++] = key;
    if (used < buffer.length) continue;
    used = distinctPrefix(buffer, used, room);
    if (used === room) limit = buffer[room - 1]!;
  }
  return buffer.subarray(0, distinctPrefix(buffer, used, room));
}

/** Sorts `buffer[0, used)`, drops repetitions and returns how many remain, at most `count`. */
function distinctPrefix(buffer: Float64Array, used: number, count: number): number {
  buffer.subarray(0, used).sort();
  let kept = 0;
  for (let i = 0; i < used; i++) if (i === 0 || buffer[i] !== buffer[i - 1]) buffer[kept++] = buffer[i]!;
  return Math.min(kept, count);
}
