/** The process in which `fuzz.ts` has the files of one reader read. */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { getHeapStatistics } from "node:v8";
import { seededDraw } from "../test/fuzz/draw.ts";

export interface FuzzTask {
  readonly reader: string;
  readonly seed: number;
  /** The number of the first case, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** A folder for files. The number of the current case stands in its file "case". */
  readonly folder: string;
}

export interface FuzzReport {
  readonly cases: number;
  /** How many gave a value, not an error. */
  readonly read: number;
  /** Bytes of the largest file. */
  readonly largest: number;
  /** Seconds of the processor for the slowest case. */
  readonly slowest: number;
  /** The highest use of the heap that was seen between two cases, in bytes. */
  readonly heap: number;
  readonly finding?: { readonly number: number; readonly what: string };
}

/** About how large mutated files become. */
export const MAX_BYTES = 2 ** 20;
/** Seconds of the processor that reading one file may take. */
const MAX_SECONDS = 5;

const ARRAYS = [
  ...["ArrayBuffer", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array"],
  ...["Uint32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"],
];

if (process.argv[1] === import.meta.filename) {
  process.on("disconnect", () => process.exit()); // Nobody waits for it any more.
  const report = await run(JSON.parse(process.argv[2]!) as FuzzTask);
  process.send!(report, () => process.exit());
}

async function run({ reader, seed, from, to, folder }: FuzzTask): Promise<FuzzReport> {
  const largestArray = watchArrays();
  const { targets } = await import("../test/fuzz/targets/index.ts");
  const { mutated, outcomeOf } = await import("../test/fuzz/target.ts");
  const target = targets.find(({ name }) => name === reader)!;
  const marker = openSync(join(folder, "case"), "w");
  let [read, largest, slowest, heap] = [0, 0, 0, 0];
  const report = (cases: number) => ({ cases, read, largest, slowest, heap });
  for (let number = from; number < to; number++) {
    writeSync(marker, String(number), 0);
    const draw = seededDraw(seed, reader, number);
    const file = mutated(target, draw, MAX_BYTES);
    largest = Math.max(largest, file.length);
    largestArray(); // Those of the mutation do not count.
    const start = process.cpuUsage();
    const result = await outcomeOf(() => target.read(file, draw, folder)).catch(
      (error: Error) => new Error(error.stack ?? String(error)),
    );
    const { user, system } = process.cpuUsage(start);
    const seconds = (user + system) / 1e6;
    if (result === "read") read++;
    slowest = Math.max(slowest, seconds);
    heap = Math.max(heap, getHeapStatistics().used_heap_size);
    const finding = result instanceof Error ? result.message : problem(file.length, seconds, largestArray());
    if (finding !== undefined) return { ...report(number - from), finding: { number, what: finding } };
  }
  closeSync(marker);
  return report(to - from);
}

function problem(size: number, seconds: number, array: number): string | undefined {
  if (seconds > MAX_SECONDS) return `a file of ${size} bytes takes ${seconds.toFixed(1)} s`;
  if (array > 2 ** 20 + 8 * size) return `a file of ${size} bytes makes an array of ${array} bytes`;
  return undefined;
}

/**
 * Arrays of bytes and numbers are outside the heap whose size is bounded, and cost nothing until they are written to: so
 * their constructors are made to say how much is asked for. Returns the largest since the last call, in bytes.
 */
function watchArrays(): () => number {
  let largest = 0;
  const world = globalThis as unknown as Record<string, { BYTES_PER_ELEMENT?: number }>;
  for (const name of ARRAYS) {
    const type = world[name]!;
    world[name] = new Proxy(type as never, {
      construct(target, args, newTarget) {
        if (typeof args[0] === "number") largest = Math.max(largest, args[0] * (type.BYTES_PER_ELEMENT ?? 1));
        return Reflect.construct(target, args, newTarget === world[name] ? target : newTarget) as object;
      },
    });
  }
  return () => {
    const since = largest;
    largest = 0;
    return since;
  };
}
