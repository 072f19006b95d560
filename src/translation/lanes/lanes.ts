import { freemem } from "node:os";
import { generate } from "../../generate/generate.ts";
import type { SequenceGenerator } from "../../generate/generator.ts";
import { generateInLanes } from "../../generate/lanes.ts";
import type { GenerationOptions } from "../../generate/options.ts";
import type { Generation } from "../../generate/search.ts";
import type { Ids } from "../../inference/sequences.ts";
import { type Model, parameterBytes } from "../../models/model.ts";
import { isBuiltIn } from "../../models/registry.ts";
import type { RuntimeOptions } from "../../runtime/default.node.ts";
import { threadsUpTo } from "../../runtime/threads.ts";
import { LaneThread } from "./lane-thread.ts";

/** Beams that are asked for before lanes are opened: a thread needs about half a second to load the model. */
const ENOUGH = 512;
/** The least beams of a call that is worth sharing. */
const LEAST = 32;
/** More threads than these wait for the same memory. */
const MOST_LANES = 8;
/** The share of free memory that the models of all lanes may take, each of which is there twice. */
const MEMORY_SHARE = 0.25;

/**
 * Decoding is many small steps, of which several threads share but a part: where there is much to translate, threads
 * that each decode batches of their own are faster (docs/benchmarks.md). They are opened when the work is worth it, and
 * stay.
 */
export class Lanes {
  readonly #options: RuntimeOptions;
  #asked = 0;
  #opening: Promise<readonly LaneThread[]> | undefined;

  constructor(options: RuntimeOptions) {
    this.#options = options;
  }

  /**
   * As `generate` with the caller's own generator, which does what is too little for lanes, and draws: a batch of another
   * size is rounded in another way, and what is drawn for a seed is not to change once lanes are open.
   */
  async generate(
    own: SequenceGenerator,
    sources: readonly Ids[],
    options: GenerationOptions = {},
    draws?: readonly number[],
  ): Promise<Generation[][]> {
    const beams = sources.length * (options.numBeams ?? 1);
    this.#asked += beams;
    if (beams < LEAST || options.doSample || (this.#opening === undefined && this.#asked < ENOUGH)) {
      return generate(own, sources, options, draws);
    }
    this.#opening ??= this.#open(own.model);
    const lanes = await this.#opening;
    return lanes.length === 0
      ? generate(own, sources, options)
      : generateInLanes(lanes, own.model.config, sources, options);
  }

  async dispose(): Promise<void> {
    const lanes = (await this.#opening) ?? [];
    await Promise.all(lanes.map((lane) => lane.dispose()));
  }

  /** None where there would be but one, where they cannot be opened, or do not know the model's family: then the caller's own generator does it all. */
  async #open(model: Model): Promise<readonly LaneThread[]> {
    const count = isBuiltIn(model.family) ? await this.#count(model) : 0;
    if (count < 2) return [];
    const { memoryLimit } = this.#options;
    const options: RuntimeOptions = {
      ...this.#options,
      threads: 1,
      memoryLimit: memoryLimit === undefined ? undefined : memoryLimit / count,
    };
    const started = await Promise.allSettled(Array.from({ length: count }, () => LaneThread.start(model, options)));
    const lanes = started.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
    if (lanes.length === count) return lanes;
    await Promise.all(lanes.map((lane) => lane.dispose()));
    return [];
  }

  async #count(model: Model): Promise<number> {
    const threads = this.#options.threads ?? (await threadsUpTo(MOST_LANES));
    const room = Math.floor((MEMORY_SHARE * freemem()) / (2 * parameterBytes(model)));
    return Math.min(threads, MOST_LANES, room);
  }
}
