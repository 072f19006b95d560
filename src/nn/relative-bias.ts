import type { Dim } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { int32, type TensorData } from "../graph/tensor-data.ts";
import { add, greater, less, where } from "../ops/binary.ts";
import { constant } from "../ops/constant.ts";
import { gather } from "../ops/gather.ts";
import { reshape, transpose } from "../ops/shape.ts";

/** How relative positions fall into buckets. */
export interface BucketOptions {
  readonly numBuckets: number;
  /** Beyond it all positions are in one bucket: more than half of `numBuckets`. */
  readonly maxDistance: number;
  /** Whether keys behind the query have half of the buckets; else they are all in that of the query itself. */
  readonly bidirectional: boolean;
}

/**
 * What each head adds to the score of a key for its relative position (Raffel et al. 2020, 2.1).
 *
 * Shape: table [numBuckets, numHeads], relative [1 or batch, 1, count, keys] → [1 or batch, numHeads, count, keys].
 */
export function relativeBias(table: Tensor, relative: Tensor, options: BucketOptions): Tensor {
  const [batch, , count, keys] = relative.shape as [Dim, 1, Dim, Dim];
  const last = furthest(options);
  const ofPositions = gather(table, constant(relativeBuckets(options)));
  const near = where(greater(relative, last), last, where(less(relative, -last), -last, relative));
  const found = gather(ofPositions, reshape(add(near, last), [batch, count, keys]));
  return transpose(found, [0, 3, 1, 2]);
}

/** The buckets of the relative positions from −(maxDistance + 1) to maxDistance + 1: beyond, they are the same. */
export function relativeBuckets(options: BucketOptions): TensorData<"int32"> {
  const last = furthest(options);
  const buckets = Int32Array.from({ length: 2 * last + 1 }, (_, i) => bucketOf(i - last, options));
  return int32([buckets.length], buckets);
}

/** At `maxDistance` itself, rounding may leave the last bucket but one. */
const furthest = ({ maxDistance }: BucketOptions): number => maxDistance + 1;

/** Half of the buckets, or of a direction's, are of one distance each; the rest grow as its logarithm does. */
function bucketOf(relative: number, { numBuckets, maxDistance, bidirectional }: BucketOptions): number {
  const buckets = bidirectional ? Math.floor(numBuckets / 2) : numBuckets;
  const direction = bidirectional && relative > 0 ? buckets : 0;
  const distance = bidirectional ? Math.abs(relative) : Math.max(0, -relative);
  const exact = Math.floor(buckets / 2);
  if (distance < exact) return direction + distance;
  const steps = logarithmicSteps(distance / exact, maxDistance / exact, buckets - exact);
  return direction + Math.min(buckets - 1, exact + Math.floor(steps));
}

/** In float32, as PyTorch computes it: at the borders between buckets the last bit decides. */
function logarithmicSteps(distance: number, maxDistance: number, steps: number): number {
  const { fround, log } = Math;
  return fround(fround(fround(log(fround(distance))) / fround(log(maxDistance))) * steps);
}
