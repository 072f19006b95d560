import type { Tensor } from "onnxruntime-common";
import { HeedError } from "../error.ts";
import type { Executable, Feeds, RunOptions, Value, Values } from "../graph/runtime.ts";
import type { InputAttrs, Program } from "../graph/tensor.ts";
import { TensorData } from "../graph/tensor-data.ts";
import { outputName } from "../onnx/lower.ts";
import { type Bindings, bindShape, bindSymbols } from "./bindings.ts";
import type { Engine } from "./engine.ts";
import { peakBytes } from "./memory.ts";
import { checkMemory } from "./memory-limit.ts";
import type { PreparedProgram } from "./prepare.ts";
import { drawMask } from "./random-mask.ts";
import type { Session } from "./session.ts";
import { HeldValue } from "./value.ts";

/** A program that an engine has loaded: inputs are checked, and random ones drawn, on every call. */
export class LoadedProgram {
  readonly #engine: Engine;
  readonly #prepared: PreparedProgram;
  /** Names in the session by name of output; made once, for to compare fresh strings takes long with many outputs. */
  readonly #outputs: ReadonlyMap<string, string>;
  readonly #masks = new Map<string, Uint8Array<ArrayBuffer>>();
  #session: Session | undefined;
  /** The last call that was found to fit into memory. */
  #allowed: Bindings | undefined;

  constructor(engine: Engine, session: Session, prepared: PreparedProgram) {
    this.#engine = engine;
    this.#session = session;
    this.#prepared = { ...prepared, bytes: new Uint8Array() };
    this.#outputs = new Map(prepared.outputs.map((name) => [name, outputName(name)]));
  }

  async run(feeds: Feeds, options: RunOptions = {}): Promise<Values> {
    const { name, inputs, bound } = this.#prepared;
    const session = this.#session;
    if (session === undefined) throw new HeedError("RUNTIME_FAILED", `The program "${name}" was disposed.`);
    const bindings = bindSymbols(name, inputs, feeds, bound);
    this.#checkMemory(bindings);
    const outputs = options.outputs ?? this.#prepared.outputs;
    const fetches = outputs.map((output) => this.#fetch(output));
    const tensors = this.#tensors(feeds);
    const results = await this.#engine.perform(`Running "${name}"`, () => {
      this.#drawMasks(tensors, bindings, options);
      return session.run(tensors, fetches);
    });
    return new Map(outputs.map((output, i) => [output, this.#engine.value(results[i]!)]));
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    await this.#engine.end(session);
    this.#masks.clear();
  }

  /** A call that is no larger in any dimension than one that was allowed needs no estimate. */
  #checkMemory(bindings: Bindings): void {
    const limit = this.#engine.memoryLimit;
    const allowed = this.#allowed;
    if (limit === undefined || [...bindings].every(([symbol, { size }]) => size <= (allowed?.get(symbol)?.size ?? -1)))
      return;
    const { name, memory } = this.#prepared;
    checkMemory(name, peakBytes(memory, bindings), limit, bindings);
    this.#allowed = bindings;
  }

  #fetch(output: string): string {
    const fetch = this.#outputs.get(output);
    if (fetch !== undefined) return fetch;
    const { name, outputs } = this.#prepared;
    throw new HeedError("INPUT_INVALID", `Program "${name}" has no output "${output}", only ${outputs.join(", ")}.`);
  }

  #tensors(feeds: Feeds): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {};
    for (const { name } of this.#prepared.inputs) {
      const fed = feeds.get(name);
      if (fed !== undefined) tensors[name] = this.#tensor(name, fed);
    }
    return tensors;
  }

  #tensor(name: string, fed: TensorData | Value): Tensor {
    return fed instanceof TensorData ? this.#engine.tensor(fed) : HeldValue.feed(name, fed, this.#engine).tensor;
  }

  #drawMasks(tensors: Record<string, Tensor>, bindings: Bindings, { random }: RunOptions): void {
    const { name: program, inputs } = this.#prepared;
    for (const attrs of inputs) {
      if (attrs.random === undefined || attrs.name in tensors) continue;
      if (random === undefined) {
        throw new HeedError(
          "INPUT_INVALID",
          `Program "${program}" draws "${attrs.name}": its calls need a random key.`,
        );
      }
      const shape = bindShape(program, attrs, bindings);
      const mask = this.#maskMemory(
        attrs,
        shape.reduce((product, size) => product * size, 1),
      );
      drawMask(mask, { ...random, name: attrs.name }, attrs.random.keepRate);
      tensors[attrs.name] = this.#engine.tensor(new TensorData("uint8", shape, mask));
    }
  }

  /** Calls run one after the other, so that they can share the memory of masks. */
  #maskMemory({ name }: InputAttrs, size: number): Uint8Array<ArrayBuffer> {
    const known = this.#masks.get(name);
    const bytes = known !== undefined && known.length >= size ? known : new Uint8Array(Math.ceil(size / 4) * 4);
    this.#masks.set(name, bytes);
    return bytes.subarray(0, size);
  }
}

/** A loaded program, here or in a worker, as the Executable of the graph that it was made from. */
export function executable(program: Program, loaded: Pick<Executable, "run" | "dispose">): Executable {
  return {
    program,
    run: (feeds, options) => loaded.run(feeds, options),
    dispose: () => loaded.dispose(),
    [Symbol.asyncDispose]: () => loaded.dispose(),
  };
}
