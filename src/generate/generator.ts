import { throwIfAborted } from "../error.ts";
import type { Executable, Runtime } from "../graph/runtime.ts";
import type { Program } from "../graph/tensor.ts";
import { float32, TensorData } from "../graph/tensor-data.ts";
import { CompiledPrograms, compiledCount } from "../inference/compiled-programs.ts";
import { runAndRead } from "../inference/forward.ts";
import type { Ids } from "../inference/sequences.ts";
import { writtenVocabSize } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import { fused } from "../ops/fuse/index.ts";
import { type Candidates, readCandidates } from "./candidates.ts";
import { type StateLayout, stateLayout } from "./decoding.ts";
import type { GenerationOptions } from "./options.ts";
import { type GreedyOutputs, greedyProgram, type StepOutputs, stepProgram } from "./programs.ts";
import { promptOf } from "./prompt.ts";
import { DecodingState, type StateFeeds } from "./state.ts";

/** Positions of a prompt that are read in one call. */
const PROMPT_PART = 256;

/** A batch that was read. */
export interface Prefilled {
  readonly state: DecodingState;
  /** For each input the token that the first step is to be fed. */
  readonly ids: readonly number[];
}

/**
 * A model made ready to generate: its programs are compiled when they are first needed and kept for all later calls.
 * Several calls may be under way at once.
 */
export interface SequenceGenerator extends AsyncDisposable {
  readonly model: Model;
  readonly runtime: Runtime;
  /** Options that hold where a call gives no others. */
  readonly defaults: GenerationOptions;
  /** Reads a batch of sequences: sources, or what the model is to go on behind. */
  prefill(sequences: readonly Ids[], signal?: AbortSignal): Promise<Prefilled>;
  /** Reads more tokens of every input behind those before, of which it has one beam. They may be of different numbers. */
  read(state: DecodingState, more: readonly Ids[], signal?: AbortSignal): Promise<void>;
  /** Feeds one token to every beam of every input and gives the candidates for the next. */
  step(
    state: DecodingState,
    ids: readonly (readonly number[])[],
    outputs: StepOutputs,
    forbidden: ReadonlySet<number>,
  ): Promise<Candidates[][]>;
  /**
   * Up to so many steps of the only beam of every input: the first is fed the tokens given, the others the most probable
   * token of the one before that is not forbidden.
   *
   * @returns Of each step what `step` gives; fewer steps once every input has ended, or was fed that it had.
   */
  greedySteps(
    state: DecodingState,
    ids: readonly number[],
    outputs: GreedyOutputs,
    forbidden: ReadonlySet<number>,
    steps: number,
  ): Promise<Candidates[][][]>;
  dispose(): Promise<void>;
}

/**
 * Makes a model ready to generate. Nothing is compiled yet.
 *
 * @param defaults For example those of the model's generation_config.json.
 */
export function createGenerator(model: Model, runtime: Runtime, defaults: GenerationOptions = {}): SequenceGenerator {
  return new CompiledGenerator(model, runtime, defaults);
}

class CompiledGenerator implements SequenceGenerator {
  readonly model: Model;
  readonly runtime: Runtime;
  readonly defaults: GenerationOptions;
  readonly #programs: CompiledPrograms;
  #layout: StateLayout | undefined;

  constructor(model: Model, runtime: Runtime, defaults: GenerationOptions) {
    this.model = model;
    this.runtime = runtime;
    this.defaults = defaults;
    this.#programs = new CompiledPrograms(model, runtime, "generator");
  }

  async prefill(sequences: readonly Ids[], signal?: AbortSignal): Promise<Prefilled> {
    const { inputs, written } = promptOf(this.model, sequences);
    const layout = this.#stateLayout();
    const values: StateFeeds = new Map(Object.entries(inputs).filter(([name]) => layout.inputs.includes(name)));
    if (layout.prefill !== undefined) {
      const executable = await this.#compiled("prefill", () => layout.prefill!);
      for (const [name, value] of await executable.run(new Map(Object.entries(inputs)))) values.set(name, value);
    }
    const state = new DecodingState(this.runtime, layout, values, sequences.length);
    try {
      await this.read(state, written.map(allButLast), signal);
    } catch (error) {
      state.dispose();
      throw error;
    }
    return { state, ids: written.map((ids) => ids[ids.length - 1]!) };
  }

  async read(state: DecodingState, more: readonly Ids[], signal?: AbortSignal): Promise<void> {
    const longest = more.reduce((most, { length }) => Math.max(most, length), 0);
    for (let from = 0; from < longest; from += PROMPT_PART) {
      throwIfAborted(signal);
      const rows = more.map((ids) => Array.prototype.slice.call(ids, from, from + PROMPT_PART) as number[]);
      const executable = await this.#step({ count: 1, all: false, excluded: [] });
      const { appended } = Object.fromEntries(await runAndRead(executable, state.promptFeeds(rows)));
      const lengths = rows.map(({ length }) => length);
      state.appendPrompt(appended!, lengths);
    }
  }

  async step(
    state: DecodingState,
    ids: readonly (readonly number[])[],
    { count, ...others }: StepOutputs,
    forbidden: ReadonlySet<number>,
  ): Promise<Candidates[][]> {
    const executable = await this.#step({ count, ...others });
    const results = await runAndRead(executable, state.stepFeeds(ids));
    state.append(results.get("appended")!);
    return readCandidates(results, forbidden);
  }

  async greedySteps(
    state: DecodingState,
    ids: readonly number[],
    { count, ...others }: GreedyOutputs,
    forbidden: ReadonlySet<number>,
    steps: number,
  ): Promise<Candidates[][][]> {
    const outputs = { count: compiledCount(count, this.model), ...others };
    const key = `greedy ${JSON.stringify(outputs)}`;
    const layout = this.#stateLayout();
    const executable = await this.#compiled(key, () => greedyProgram(this.model, layout, outputs));
    const added = new Float32Array(writtenVocabSize(this.model.config));
    for (const id of forbidden) added[id] = FORBIDDEN;
    const feeds = state.greedyFeeds(ids, steps).set("forbidden", float32([added.length], added));
    return unstacked(await runAndRead(executable, feeds)).map((results) => {
      state.append(results.get("appended")!);
      return readCandidates(results, forbidden);
    });
  }

  dispose(): Promise<void> {
    return this.#programs.dispose();
  }

  #step({ count, ...others }: StepOutputs): Promise<Executable> {
    const outputs = { count: compiledCount(count, this.model), ...others };
    return this.#compiled(JSON.stringify(outputs), () => stepProgram(this.model, outputs));
  }

  /** With kernels fused: nothing within is asked for. */
  #compiled(key: string, trace: () => Program): Promise<Executable> {
    return this.#programs.get(key, () => fused(trace(), this.runtime.device));
  }

  #stateLayout(): StateLayout {
    this.#layout ??= stateLayout(this.model);
    return this.#layout;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

const allButLast = (ids: Ids): number[] => Array.prototype.slice.call(ids, 0, -1);

/** Tensors that are stacked along the first axis, one map for each place on it. */
function unstacked(stacked: ReadonlyMap<string, TensorData>): Map<string, TensorData>[] {
  const [first] = stacked.values();
  return Array.from({ length: first!.shape[0]! }, (_, i) => {
    return new Map([...stacked].map(([name, tensor]) => [name, rowOf(tensor, i)]));
  });
}

function rowOf({ dtype, shape: [, ...shape], data }: TensorData, row: number): TensorData {
  const size = shape.reduce((product, length) => product * length, 1);
  return new TensorData(dtype, shape, data.subarray(row * size, (row + 1) * size) as never);
}
