import { float32, type TensorData } from "../graph/tensor-data.ts";

/**
 * The sinusoidal positions of "Attention Is All You Need", 3.5: angle(pos, j) = pos / 10000^(2j / dModel). The paper
 * interleaves sine and cosine; here, as in Marian and Pegasus, the sines fill the first half of a row and the cosines
 * the second, which is the same up to a permutation of dimensions.
 *
 * Shape: → [positions, dModel].
 */
export function sinusoidalPositions(positions: number, dModel: number): TensorData<"float32"> {
  const table = new Float32Array(positions * dModel);
  const half = Math.ceil(dModel / 2);
  const wavelengths = Float64Array.from({ length: half }, (_, j) => 10000 ** ((2 * j) / dModel));
  for (let position = 0; position < positions; position++) {
    for (let j = 0; j < dModel; j++) {
      const sine = j < half;
      const angle = position / wavelengths[sine ? j : j - half]!;
      table[position * dModel + j] = sine ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return float32([positions, dModel], table);
}
