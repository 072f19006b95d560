import { HeedError } from "../error.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";

type Parameters = ReadonlyMap<string, TensorData<"float32">>;

/** The mean of several checkpoints' parameters ("Attention Is All You Need", 6.1, averages the last ones). */
export function averageParameters(checkpoints: readonly Parameters[]): Map<string, TensorData<"float32">> {
  const [first, ...others] = checkpoints;
  if (first === undefined) throw new HeedError("INPUT_INVALID", "There are no checkpoints to average.");
  const averaged = new Map<string, TensorData<"float32">>();
  for (const [path, { shape, data }] of first) {
    const sum = Float64Array.from(data);
    for (const other of others) {
      const numbers = other.get(path)?.data;
      if (numbers?.length !== data.length) {
        throw new HeedError("CHECKPOINT_MISMATCH", `The checkpoints to average differ in "${path}".`, { path });
      }
      for (let i = 0; i < sum.length; i++) sum[i]! += numbers[i]!;
    }
    averaged.set(
      path,
      float32(
        shape,
        Float32Array.from(sum, (x) => x / checkpoints.length),
      ),
    );
  }
  return averaged;
}
