import { HeedError } from "../error.ts";
import type { Executable, Feeds, Runtime, Value, Values } from "../graph/runtime.ts";
import { dataAs, float32, scalarOf, type TensorData } from "../graph/tensor-data.ts";
import type { Model } from "../models/model.ts";
import { pacer } from "../pacer.ts";
import type { Batch } from "./batches.ts";
import { updateScalarFeeds } from "./optimizer.ts";
import { accumulateProgram, evaluationProgram, prefixes, type StepSettings, stepProgram } from "./programs.ts";
import type { TrainSettings } from "./settings.ts";

/** The settings that a learner follows; the others are for whoever feeds it. */
export type LearnerSettings = StepSettings & Pick<TrainSettings, "seed">;

export interface UpdateResult {
  /** Mean loss of a target token, label smoothing included. */
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}

export interface EvaluationResult {
  /** Mean negative log-likelihood of a target token in nats. */
  readonly loss: number;
  readonly accuracy: number;
}

/** Parameters and moments on the device, and the programs that change them. */
export class Learner implements AsyncDisposable {
  readonly #model: Model;
  readonly #runtime: Runtime;
  readonly #settings: LearnerSettings;
  readonly #executables = new Map<string, Executable>();
  #state: Map<string, Value>;

  private constructor(model: Model, runtime: Runtime, settings: LearnerSettings, state: Map<string, Value>) {
    this.#model = model;
    this.#runtime = runtime;
    this.#settings = settings;
    this.#state = state;
  }

  /**
   * @param optimizer Moments to go on with, `first.` and `second.` before a parameter's path; zeros unless told.
   * @throws HeedError CHECKPOINT_MISMATCH where one of them is missing
   */
  static async create(
    model: Model,
    runtime: Runtime,
    settings: LearnerSettings,
    optimizer?: ReadonlyMap<string, TensorData>,
  ): Promise<Learner> {
    const state = new Map<string, Value>();
    for (const [path, data] of model.parameters) {
      state.set(prefixes.parameter + path, await runtime.upload(data));
      for (const [prefix, name] of [
        [prefixes.first, "first."],
        [prefixes.second, "second."],
      ] as const) {
        state.set(prefix + path, await runtime.upload(momentOf(data, name + path, optimizer)));
      }
    }
    return new Learner(model, runtime, settings, state);
  }

  /** One update from the gradients of all micro-batches together. `step` counts from 1. */
  async update(batches: readonly Batch[], step: number, learningRate: number): Promise<UpdateResult> {
    const targets = batches.reduce((sum, batch) => sum + batch.targetTokens, 0);
    const scalars = new Map([["perToken", scalarOf(1 / targets, "float32")]]);
    const random = (microBatch: number) => ({ random: { seed: this.#settings.seed, step, microBatch } });
    let loss = 0;
    let gradients: Feeds = batches.length > 1 ? this.#zeroGradients() : new Map();
    for (const [i, batch] of batches.slice(0, -1).entries()) {
      const accumulate = await this.#executable("accumulate");
      const feeds = joined(this.#state, gradients, feedsOf(batch), scalars);
      const outputs = new Map(await accumulate.run(feeds, random(i)));
      loss += (await takeMetrics(outputs))[0]!;
      disposeAll(gradients);
      gradients = outputs;
    }
    const program = await this.#executable(batches.length > 1 ? "stepAccumulated" : "step");
    const last = feedsOf(batches.at(-1)!);
    const rates = updateScalarFeeds(this.#settings.optimizer, learningRate, step);
    const feeds = joined(this.#state, gradients, last, scalars, rates);
    const outputs = new Map(await program.run(feeds, random(batches.length - 1)));
    const [lastLoss, gradientNorm] = await takeMetrics(outputs);
    disposeAll(gradients);
    disposeAll(this.#state);
    this.#state = outputs;
    return { loss: loss + lastLoss!, gradientNorm: gradientNorm! };
  }

  /** Loss and accuracy over batches, without dropout. */
  async evaluate(batches: AsyncIterable<Batch>): Promise<EvaluationResult> {
    const program = await this.#executable("evaluation");
    const sums = { loss: 0, right: 0, targets: 0 };
    for await (const batch of batches) {
      const outputs = new Map(await program.run(joined(this.#state, feedsOf(batch))));
      const [loss, right] = await takeMetrics(outputs);
      sums.loss += loss!;
      sums.right += right!;
      sums.targets += batch.targetTokens;
    }
    return { loss: sums.loss / sums.targets, accuracy: sums.right / sums.targets };
  }

  /** The model as it is now. */
  async snapshot(): Promise<Model> {
    return { ...this.#model, parameters: await this.#read(prefixes.parameter, "") };
  }

  /** The optimizer's moments as they are now. */
  async moments(): Promise<Map<string, TensorData<"float32">>> {
    return new Map([
      ...(await this.#read(prefixes.first, "first.")),
      ...(await this.#read(prefixes.second, "second.")),
    ]);
  }

  async dispose(): Promise<void> {
    disposeAll(this.#state);
    await Promise.all([...this.#executables.values()].map((executable) => executable.dispose()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #executable(name: "step" | "stepAccumulated" | "accumulate" | "evaluation"): Promise<Executable> {
    const known = this.#executables.get(name);
    if (known !== undefined) return known;
    if (pacer.due()) await pacer.rest();
    const { family, config } = this.#model;
    const program = await {
      step: () => stepProgram(family, config, this.#settings, false),
      stepAccumulated: () => stepProgram(family, config, this.#settings, true),
      accumulate: () => accumulateProgram(family, config, this.#settings),
      evaluation: () => evaluationProgram(family, config),
    }[name]();
    const executable = await this.#runtime.compile(program);
    this.#executables.set(name, executable);
    return executable;
  }

  async #read(prefix: string, replacement: string): Promise<Map<string, TensorData<"float32">>> {
    const named = [...this.#state].filter(([name]) => name.startsWith(prefix));
    const read = named.map(async ([name, value]) => {
      const data = (await value.read()) as TensorData<"float32">;
      return [replacement + name.slice(prefix.length), data] as const;
    });
    return new Map(await Promise.all(read));
  }

  #zeroGradients(): Map<string, TensorData> {
    const zeros = [...this.#model.parameters].map(
      ([path, { shape, data }]) =>
        [prefixes.accumulated + path, float32(shape, new Float32Array(data.length))] as const,
    );
    return new Map(zeros);
  }
}

function momentOf(
  { shape, data }: TensorData<"float32">,
  name: string,
  optimizer: ReadonlyMap<string, TensorData> | undefined,
): TensorData {
  if (optimizer === undefined) return float32(shape, new Float32Array(data.length));
  const moment = optimizer.get(name);
  if (moment !== undefined) return moment;
  throw new HeedError(
    "CHECKPOINT_MISMATCH",
    `The checkpoint's optimizer.safetensors lacks "${name}". Restore that file, or start a new run.`,
  );
}

function feedsOf(batch: Batch): [string, TensorData][] {
  return [...Object.entries(batch.inputs), ["labels", batch.labels]];
}

/** What a call is fed, put together. */
function joined(...parts: readonly Iterable<readonly [string, Value | TensorData]>[]): Feeds {
  return new Map(parts.flatMap((part) => [...part]));
}

/** Reads the small vector of numbers that every training program returns, and takes it out of the outputs. */
async function takeMetrics(outputs: Map<string, Value>): Promise<number[]> {
  const metrics = outputs.get("metrics")!;
  outputs.delete("metrics");
  const numbers = dataAs(await metrics.read(), "float32");
  metrics.dispose();
  return [...numbers];
}

function disposeAll(values: Values | ReadonlyMap<string, Value | TensorData>): void {
  for (const value of values.values()) if ("dispose" in value) value.dispose();
}
