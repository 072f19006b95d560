import { HeedError } from "../error.ts";
import type { Program } from "../graph/program.ts";
import type { Executable, Runtime } from "../graph/runtime.ts";
import { compileModel, runAndRead } from "../inspect/forward.ts";
import { type Ids, sourceInputs } from "../inspect/sequences.ts";
import type { Model } from "../models/model.ts";
import { type Candidates, readCandidates } from "./candidates.ts";
import { kept } from "./kept.ts";
import type { GenerationOptions } from "./options.ts";
import { prefillProgram, type StateLayout, type StepOutputs, stateLayout, stepProgram } from "./programs.ts";
import { DecodingState } from "./state.ts";

/** Few values of `count` are compiled: each program holds the model's parameters. */
const SMALLEST_COUNT = 8;

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
  readonly #compiled = new Map<string, Promise<Executable>>();
  #layout: StateLayout | undefined;
  #disposed = false;

  constructor(model: Model, runtime: Runtime, defaults: GenerationOptions) {
    this.model = model;
    this.runtime = runtime;
    this.defaults = defaults;
  }

  async prefill(sources: readonly Ids[]): Promise<DecodingState> {
    const executable = await this.#compile("prefill", () => prefillProgram(this.model));
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
    const powerOfTwo = 2 ** Math.ceil(Math.log2(Math.max(SMALLEST_COUNT, count)));
    const outputs = { count: Math.min(powerOfTwo, this.model.config.vocabSize), ...others };
    const executable = await this.#compile(JSON.stringify(outputs), () => stepProgram(this.model, outputs));
    const results = await runAndRead(executable, state.feeds(ids));
    state.append(results.get("appended")!);
    return readCandidates(results, forbidden);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const compiled = await Promise.allSettled(this.#compiled.values());
    this.#compiled.clear();
    for (const result of compiled) if (result.status === "fulfilled") await result.value.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #compile(key: string, trace: () => Program): Promise<Executable> {
    if (this.#disposed) throw new HeedError("INPUT_INVALID", "This generator was disposed: create another.");
    return kept(this.#compiled, key, () => compileModel(this.runtime, this.model, trace()));
  }
}
