import { formatProgram } from "../../src/graph/print.ts";
import type { Executable, Runtime } from "../../src/graph/runtime.ts";
import type { TensorData } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { startToken } from "../../src/inference/sequences.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import type { Model } from "../../src/models/model.ts";
import { checkConfig } from "../../src/models/registry.ts";
import { transformer } from "../../src/models/transformer/index.ts";
import { initialize } from "../../src/nn/parameter.ts";
import { createRandom } from "../../src/random.ts";
import type { Batch, BatchSource } from "../../src/train/batches.ts";
import type { Checkpoint, RunStore, SavedAs } from "../../src/train/checkpoint.ts";
import {
  settle,
  type TrainEvent,
  type TrainRun,
  type TrainSettings,
  train,
  trainSchema,
} from "../../src/train/index.ts";
import { translationBatch } from "../../src/translation/batches.ts";
import { integer, smallTransformer } from "../generate/models.ts";

/** A model of one layer each, which trains a step in a few milliseconds. */
export const toyModel = (config: object = {}): Model =>
  smallTransformer({ encoderLayers: 1, decoderLayers: 1, ...config });

/** A Transformer of the test's size with the numbers that a training starts from. */
export function freshTransformer(config: object): Model {
  const family = transformer as unknown as ModelFamily;
  const checked = checkConfig(family, { eosTokenId: 0, ...config }, "model");
  const parameters = flattenTree<TensorData<"float32">>(initialize(family.spec(checked), 1));
  return { family, config: checked, parameters };
}

export interface Pair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

export interface PairOptions {
  /** The most symbols of a sequence; it has at least one. */
  readonly longest?: number;
  /** What the model has to make of a sequence: the reverse unless told. */
  readonly target?: (source: readonly number[]) => readonly number[];
  /** Sequences that may come. */
  readonly among?: (source: readonly number[]) => boolean;
}

/** Pairs of a random sequence of the symbols 1 to 20 and its target, both ended by 0. The name decides which. */
export function toyPairs(name: string, count: number, options: PairOptions = {}): Pair[] {
  const { longest = 6, target = (source) => source.toReversed(), among = () => true } = options;
  const random = createRandom(3, name);
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    const length = integer(random, 1, longest);
    const source = Array.from({ length }, () => integer(random, 1, 20));
    if (among(source)) pairs.push({ source: [...source, 0], target: [...target(source), 0] });
  }
  return pairs;
}

export function toyBatch(pairs: readonly Pair[], { config }: Model): Batch {
  const rows = (side: "source" | "target") => pairs.map((pair) => Int32Array.from(pair[side]));
  const ids = { padTokenId: config.padTokenId, decoderStartTokenId: startToken(config) };
  return translationBatch({ source: rows("source"), target: rows("target") }, ids);
}

/** So many batches an epoch, others in each epoch. */
export function toyBatches(model: Model, length: number, rows = 4): BatchSource {
  return {
    fingerprint: `toy pairs, ${length} × ${rows}`,
    order: "as they come",
    epoch: async (epoch) => ({
      length,
      batch: async (index) => toyBatch(toyPairs(`epoch ${epoch}, batch ${index}`, rows), model),
    }),
  };
}

/** Settings by which a toy trains, with some of them changed. */
export const toySettings = (changes: object) =>
  settled({ schedule: { type: "constant", peak: 0.01 }, maxTokens: 4096, bestBy: "loss", ...changes });

/** Settings of which nothing is open any more. */
export function settled(settings: object): TrainSettings {
  const open = trainSchema.parse(settings);
  const { maxEpochs } = open;
  // That nothing ends a training is for the trainer to find.
  return { ...settle(open, { tokens: 1000 }), maxEpochs };
}

/** Keeps checkpoints in memory, all of them. */
export class MemoryStore implements RunStore {
  readonly checkpoints: Checkpoint[] = [];
  readonly models: { readonly name: string; readonly model: Model }[] = [];
  readonly events: TrainEvent[] = [];
  latest: string | undefined;
  best: string | undefined;
  readonly #onEvent: (event: TrainEvent) => void;

  constructor(onEvent: (event: TrainEvent) => void = () => {}) {
    this.#onEvent = onEvent;
  }

  async save(checkpoint: Checkpoint, { best, stopped }: SavedAs): Promise<string> {
    this.latest = `step ${checkpoint.progress.step}${stopped ? ", stopped" : ""}`;
    if (best) this.best = this.latest;
    this.checkpoints.push({ ...checkpoint, name: this.latest });
    return this.latest;
  }

  async *recent(count: number) {
    const scheduled = this.checkpoints.filter(({ name }) => !name!.endsWith("stopped"));
    for (const { model } of scheduled.slice(-count)) yield model.parameters;
  }

  async saveModel(model: Model, step: number, best: boolean): Promise<string> {
    const name = `step ${step}, averaged`;
    if (best) this.best = name;
    this.models.push({ name, model });
    return name;
  }

  log(event: TrainEvent): void {
    this.events.push(event);
    this.#onEvent(event);
  }
}

/** A runtime that compiles equal programs once, for trainings that are run again and again. */
export function reusing(runtime: Runtime): Runtime {
  const compiled = new Map<string, Promise<Executable>>();
  return {
    device: runtime.device,
    upload: (data) => runtime.upload(data),
    async compile(program) {
      const key = formatProgram(program);
      if (!compiled.has(key)) compiled.set(key, runtime.compile(program));
      const executable = await compiled.get(key)!;
      const dispose = async () => {};
      return {
        program,
        run: (feeds, options) => executable.run(feeds, options),
        dispose,
        [Symbol.asyncDispose]: dispose,
      };
    },
    dispose: () => runtime.dispose(),
    [Symbol.asyncDispose]: () => runtime.dispose(),
  };
}

/** Runs a training to its end and gives all events. */
export async function trainAll(run: TrainRun): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(run)) events.push(event);
  return events;
}

/** Step and evaluation events without what they say of time. */
export function numbersOf(events: readonly TrainEvent[]): object[] {
  return events
    .filter(({ type }) => type === "step" || type === "evaluation")
    .map((event) => {
      const { seconds, secondsLeft, tokensPerSecond, ...numbers } = { ...event } as Record<string, unknown>;
      return numbers;
    });
}
