import { HeedError } from "../error.ts";
import type { Executable, Runtime } from "../graph/runtime.ts";
import type { Program } from "../graph/tensor.ts";
import { kept } from "../kept.ts";
import { writtenVocabSize } from "../models/family.ts";
import type { Model } from "../models/model.ts";
import { compileModel } from "./forward.ts";

/** Few counts of best tokens are compiled: each program holds the model's parameters. */
const SMALLEST_COUNT = 8;

/** Programs of a model, each compiled when it is first needed and kept until all are disposed of. */
export class CompiledPrograms {
  readonly #model: Model;
  readonly #runtime: Runtime;
  readonly #owner: string;
  readonly #compiled = new Map<string, Promise<Executable>>();
  #disposed = false;

  /** @param owner Who needs them, for messages. */
  constructor(model: Model, runtime: Runtime, owner: string) {
    this.#model = model;
    this.#runtime = runtime;
    this.#owner = owner;
  }

  /**
   * The program of that key; it is traced where it is not there yet.
   *
   * @throws HeedError INPUT_INVALID after `dispose`
   */
  async get(key: string, trace: () => Program | Promise<Program>): Promise<Executable> {
    if (this.#disposed) throw new HeedError("INPUT_INVALID", `This ${this.#owner} was disposed: create another.`);
    return await kept(this.#compiled, key, async () => compileModel(this.#runtime, this.#model, await trace()));
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const compiled = await Promise.allSettled(this.#compiled.values());
    this.#compiled.clear();
    for (const result of compiled) if (result.status === "fulfilled") await result.value.dispose();
  }
}

/** How many best tokens a program gives where `count` are asked for: as many or more, but of few different numbers. */
export function compiledCount(count: number, { config }: Model): number {
  const powerOfTwo = 2 ** Math.ceil(Math.log2(Math.max(SMALLEST_COUNT, count)));
  return Math.min(powerOfTwo, writtenVocabSize(config));
}
