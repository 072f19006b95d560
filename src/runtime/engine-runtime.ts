import type { Device } from "../graph/device.ts";
import type { CompileOptions, Executable, Runtime, Value } from "../graph/runtime.ts";
import type { Program } from "../graph/tensor.ts";
import { TensorData } from "../graph/tensor-data.ts";
import type { Engine } from "./engine.ts";
import { executable, LoadedProgram } from "./executable.ts";
import { type PreparedProgram, prepare } from "./prepare.ts";

/** ONNX Runtime in this thread. */
export class EngineRuntime implements Runtime {
  readonly #engine: Engine;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @throws HeedError "RUNTIME_UNAVAILABLE" where the engine has no such device. */
  static async start(engine: Engine): Promise<EngineRuntime> {
    await engine.start();
    return new EngineRuntime(engine);
  }

  get device(): Device {
    return this.#engine.device;
  }

  async compile(program: Program, options?: CompileOptions): Promise<Executable> {
    return executable(program, await this.load(await prepare(program, this.device, options)));
  }

  /** Loads a program that was prepared for this device, perhaps in another thread. */
  async load(prepared: PreparedProgram): Promise<LoadedProgram> {
    return new LoadedProgram(this.#engine, await this.#engine.load(prepared), prepared);
  }

  upload({ dtype, shape, data }: TensorData): Promise<Value> {
    return this.adopt(new TensorData(dtype, [...shape], data.slice() as typeof data));
  }

  /** Uploads numbers that nobody else will write to: they need not be copied in memory. */
  async adopt(data: TensorData): Promise<Value> {
    return this.#engine.value(await this.#engine.upload(this.#engine.tensor(data)));
  }

  dispose(): Promise<void> {
    return this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
