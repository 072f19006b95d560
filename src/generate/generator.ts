import type { Runtime } from "../graph/runtime.ts";
import { float32, TensorData } from "../graph/tensor-data.ts";
import { CompiledPrograms, compiledCount } from "../inference/compiled-programs.ts";
import { runAndRead } from "../inference/forward.ts";
import { type Ids, sourceInputs } from "../inference/sequences.ts";
import type { Model } from "../models/model.ts";
import { FORBIDDEN } from "../ops/attend.ts";
import { type Candidates, readCandidates } from "./candidates.ts";
import type { GenerationOptions } from "./options.ts";
import {
  type GreedyOutputs,
  greedyProgram,
  prefillProgram,
  type StateLayout,
  type StepOutputs,
  stateLayout,
  stepProgram,
} from "./programs.ts";
import { DecodingState } from "./state.ts";

/**
 * A model made ready to generate: its programs are compiled when they are first needed and kept for all later calls.
 * Several calls may be under way at once.
 */
export interface SequenceGenerator extends AsyncDisposable {
  readonly model: Model;
  readonly runtime: Runtime;
  /** Options that hold where a call gives no others. */
  readonly defaults: GenerationOptions;
  /** Reads a batch of sources. */
  prefill(sources: readonly Ids[]): Promise<DecodingState>;
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

  async prefill(sources: readonly Ids[]): Promise<DecodingState> {
    const executable = await this.#programs.get("prefill", () => prefillProgram(this.model));
    this.#layout ??= stateLayout(this.model, executable.program);
    const values = await executable.run(new Map(Object.entries(sourceInputs(sources, this.model.config))));
    return new DecodingState(this.runtime, this.#layout, values, sources.length);
  }

  async step(
    state: DecodingState,
    ids: readonly (readonly number[])[],
    { count, ...others }: StepOutputs,
    forbidden: ReadonlySet<number>,
  ): Promise<Candidates[][]> {
    const outputs = { count: compiledCount(count, this.model), ...others };
    const executable = await this.#programs.get(JSON.stringify(outputs), () => stepProgram(this.model, outputs));
    const results = await runAndRead(executable, state.feeds(ids));
    state.append(results.get("appended")!);
    return readCandidates(results, forbidden);
  }

  async greedySteps(
    state: DecodingState,
    ids: readonly number[],
    { count, renormalize }: GreedyOutputs,
    forbidden: ReadonlySet<number>,
    steps: number,
  ): Promise<Candidates[][][]> {
    const outputs = { count: compiledCount(count, this.model), renormalize };
    const key = `greedy ${JSON.stringify(outputs)}`;
    const executable = await this.#programs.get(key, () => greedyProgram(this.model, outputs));
    const added = new Float32Array(this.model.config.vocabSize);
    for (const id of forbidden) added[id] = FORBIDDEN;
    const lastTokens = ids.map((id) => [id]);
    const feeds = state.feeds(lastTokens, steps).set("forbidden", float32([added.length], added));
    return unstacked(await runAndRead(executable, feeds)).map((results) => {
      state.append(results.get("appended")!);
      return readCandidates(results, forbidden);
    });
  }

  dispose(): Promise<void> {
    return this.#programs.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

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
