import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, mul, sub } from "../ops/binary.ts";
import { range } from "../ops/gather.ts";
import { concat, reshape, split } from "../ops/shape.ts";
import { cast, cos, sin } from "../ops/unary.ts";
import type { Past } from "./context.ts";

/** By how much positions turn pairs of numbers. Each [1 or batch, 1, count, pairs]. */
export interface Rotation {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

export interface RotationOptions {
  /** Where positions stand, in decoding. */
  readonly past?: Past | undefined;
  /** What is turned is also multiplied by this; 1 unless told. */
  readonly factor?: number;
}

/**
 * The angles of positions: position · frequency (Su et al. 2021, equation 15). They are computed from the positions, so that
 * models with long contexts hold no table of them.
 *
 * @param frequencies Radians a position. Shape: [pairs], or of each row [batch, 1, 1, pairs].
 * @param count How many positions there are, from the first or, in decoding, behind the past.
 */
export function rotation(frequencies: Tensor, count: Dim, { past, factor = 1 }: RotationOptions = {}): Rotation {
  const positions = cast(past === undefined ? range(count) : past.positions, "float32");
  const batch = past === undefined ? 1 : past.positions.shape[0]!;
  const angles = mul(reshape(positions, [batch, 1, count, 1]), frequencies);
  const multiplied = (x: Tensor) => (factor === 1 ? x : mul(x, factor));
  return { cos: multiplied(cos(angles)), sin: multiplied(sin(angles)) };
}

/**
 * Turns pairs of numbers of each head (Su et al. 2021, 3.2.2). A pair is a number of the first half and the one at its place
 * in the second half, as in GPT-NeoX and Llama. What lies behind the pairs is left as it is.
 *
 * Shape: x [batch, numHeads, count, dHead], rotation of at most dHead / 2 pairs → as x.
 */
export function rotate(x: Tensor, { cos, sin }: Rotation): Tensor {
  const [pairs, dHead] = [cos.shape[3] as number, x.shape[3] as number];
  const rest = dHead - 2 * pairs;
  const [a, b, ...behind] = split(x, [pairs, pairs, ...(rest > 0 ? [rest] : [])], -1) as [Tensor, Tensor];
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin)), ...behind], -1);
}
