import { throwIfAborted } from "../error.ts";
import { batchesByLength, checkSequences, type Ids } from "../inference/sequences.ts";
import type { ModelConfig } from "../models/family.ts";
import { type GenerationOptions, resolveOptions } from "./options.ts";
import type { Generation } from "./search.ts";

/** Generates for a batch of inputs elsewhere: in a worker that has the model. */
export interface Lane {
  /** As `generate`. What is found does not depend on the lane, but for rounding where batches are of another size. */
  generate(sources: readonly Ids[], options: GenerationOptions): Promise<Generation[][]>;
}

/**
 * A lane's batches are smaller than those of one decoder for itself by this: lanes share the memory's speed, and those
 * that end early are idle until the last one ends.
 */
const SMALLER = 4;

/**
 * As `generate`, in several lanes side by side. Each takes the next batch when it is done with its last, the longest
 * first, so that all end at about the same time.
 *
 * @throws HeedError as `generate`
 */
export async function generateInLanes(
  lanes: readonly Lane[],
  config: ModelConfig,
  sources: readonly Ids[],
  options: GenerationOptions,
): Promise<Generation[][]> {
  const settings = resolveOptions(options, config);
  checkSequences("input", sources, config);
  const most = options.batchSize ?? Math.ceil(settings.batchSize / SMALLER);
  const lengths = sources.map(({ length }) => length);
  const waiting = batchesByLength(lengths, (rows) => rows <= most);
  const results = new Array<Generation[]>(sources.length);
  const work = async (lane: Lane) => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      throwIfAborted(settings.signal);
      const inputs = batch.map((index) => sources[index]!);
      const found = await lane.generate(inputs, options);
      batch.forEach((index, i) => {
        results[index] = found[i]!;
      });
    }
  };
  const failed = (error: unknown) => {
    waiting.length = 0;
    throw error;
  };
  const ended = await Promise.allSettled(lanes.map((lane) => work(lane).catch(failed)));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return results;
}
