import { HeedError } from "../error.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import { pacer } from "../pacer.ts";

type Parameters = ReadonlyMap<string, TensorData<"float32">>;

/** Numbers averaged between two looks at the clock. */
const BLOCK = 65536;

/**
 * The mean of several checkpoints' parameters ("Attention Is All You Need", 6.1, averages the last ones). Other work gets
 * its turn in between.
 *
 * @throws HeedError INPUT_INVALID where there is none, CHECKPOINT_MISMATCH where they are not of one model
 */
export async function averageParameters(
  checkpoints: readonly Parameters[],
): Promise<Map<string, TensorData<"float32">>> {
  const [first] = checkpoints;
  if (first === undefined) throw new HeedError("INPUT_INVALID", "There are no checkpoints to average.");
  const averaged = new Map<string, TensorData<"float32">>();
  for (const [path, { shape, data }] of first) {
    const all = checkpoints.map((checkpoint) => numbersOf(checkpoint, path, data.length));
    const mean = new Float32Array(data.length);
    for (let start = 0; start < mean.length; start += BLOCK) {
      averageBlock(mean, all, start);
      if (pacer.due()) await pacer.rest();
    }
    averaged.set(path, float32(shape, mean));
  }
  return averaged;
}

function averageBlock(mean: Float32Array, all: readonly Float32Array[], start: number): void {
  for (let i = start; i < Math.min(start + BLOCK, mean.length); i++) {
    let sum = 0;
    for (const numbers of all) sum += numbers[i]!;
    mean[i] = sum / all.length;
  }
}

function numbersOf(checkpoint: Parameters, path: string, length: number): Float32Array {
  const numbers = checkpoint.get(path)?.data;
  if (numbers?.length === length) return numbers;
  throw new HeedError("CHECKPOINT_MISMATCH", `The checkpoints to average differ in "${path}".`, { path });
}
