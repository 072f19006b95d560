import { printProgram } from "../../src/graph/print.ts";
import type { Executable, Runtime } from "../../src/graph/runtime.ts";
import type { Model } from "../../src/models/model.ts";
import { createRandom } from "../../src/nn/random.ts";
import type { Batch, BatchSource } from "../../src/train/batches.ts";
import type { Checkpoint, RunStore, SavedAs } from "../../src/train/checkpoint.ts";
import { type TrainEvent, type TrainRun, train, trainSchema } from "../../src/train/index.ts";
import { translationBatch } from "../../src/translation/batches.ts";
import { integer, smallTransformer } from "../generate/models.ts";

/** A model of one layer each, which trains a step in a few milliseconds. */
export const toyModel = (config: object = {}): Model =>
  smallTransformer({ encoderLayers: 1, decoderLayers: 1, ...config });

/** Pairs of a random sequence and what `target` makes of it, both ended by 0. */
export function toyPairs(
  name: string,
  count: number,
  { shortest = 1, longest = 6, symbols = 20, target = (source: readonly number[]) => source.toReversed() } = {},
) {
  const random = createRandom(3, name);
  return Array.from({ length: count }, () => {
    const length = integer(random, shortest, longest);
    const source = Array.from({ length }, () => integer(random, 1, symbols));
    return { source: [...source, 0], target: [...target(source), 0] };
  });
}

export function toyBatch(pairs: ReturnType<typeof toyPairs>, { config }: Model): Batch {
  const rows = (side: "source" | "target") => pairs.map((pair) => Int32Array.from(pair[side]));
  return translationBatch({ source: rows("source"), target: rows("target") }, config);
}

/** So many batches an epoch, others in each epoch. */
export function toyBatches(model: Model, length: number, rows = 4): BatchSource {
  return {
    epoch: async (epoch) => ({
      length,
      batch: async (index) => toyBatch(toyPairs(`epoch ${epoch}, batch ${index}`, rows), model),
    }),
  };
}

/** Settings by which a toy trains, with some of them changed. */
export const toySettings = (changes: object) =>
  trainSchema.parse({ schedule: { type: "constant", peak: 0.01 }, ...changes });

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

  async recent(count: number) {
    const scheduled = this.checkpoints.filter(({ name }) => !name!.endsWith("stopped"));
    return scheduled.slice(-count).map(({ model }) => model.parameters);
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
      const key = printProgram(program);
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
