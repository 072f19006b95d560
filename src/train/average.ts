import { HeedError } from "../error.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import type { Model } from "../models/model.ts";
import { pacer } from "../pacer.ts";

/** Numbers added between two looks at the clock. */
const BLOCK = 65536;

/**
 * The mean of several checkpoints' parameters ("Attention Is All You Need", 6.1, averages the last ones). They are added
 * up one after the other, so that one at a time need be in memory, and other work gets its turn in between.
 *
 * @throws HeedError INPUT_INVALID where there is none, CHECKPOINT_MISMATCH where they are not of one model
 */
export async function averageParameters(
  checkpoints: Iterable<Model["parameters"]> | AsyncIterable<Model["parameters"]>,
): Promise<Map<string, TensorData<"float32">>> {
  const sums = new Map<string, Sum>();
  let count = 0;
  for await (const checkpoint of checkpoints) {
    if (count === 0) for (const [path, { shape, data }] of checkpoint) sums.set(path, newSum(shape, data.length));
    for (const [path, sum] of sums) await addTo(sum, checkpoint, path);
    count++;
  }
  if (count === 0) throw new HeedError("INPUT_INVALID", "There are no checkpoints to average.");
  const averaged = new Map<string, TensorData<"float32">>();
  for (const [path, sum] of sums) averaged.set(path, await divided(sum, count));
  return averaged;
}

/** Of one parameter in the checkpoints so far. */
interface Sum {
  readonly shape: readonly number[];
  readonly numbers: Float64Array;
}

async function divided({ shape, numbers }: Sum, count: number): Promise<TensorData<"float32">> {
  const mean = new Float32Array(numbers.length);
  await inBlocks(mean.length, (i) => {
    mean[i] = numbers[i]! / count;
  });
  return float32(shape, mean);
}

const newSum = (shape: readonly number[], length: number): Sum => ({ shape, numbers: new Float64Array(length) });

async function addTo({ numbers }: Sum, checkpoint: Model["parameters"], path: string): Promise<void> {
  const data = checkpoint.get(path)?.data;
  if (data?.length !== numbers.length) {
    throw new HeedError("CHECKPOINT_MISMATCH", `The checkpoints to average differ in "${path}".`, { path });
  }
  await inBlocks(data.length, (i) => {
    numbers[i]! += data[i]!;
  });
}

async function inBlocks(length: number, action: (i: number) => void): Promise<void> {
  for (let start = 0; start < length; start += BLOCK) {
    for (let i = start; i < Math.min(start + BLOCK, length); i++) action(i);
    if (pacer.due()) await pacer.rest();
  }
}
