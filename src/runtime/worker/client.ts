import { HeedError } from "../../error.ts";
import type { Device } from "../../graph/device.ts";
import type { CompileOptions, Executable, Feeds, RunOptions, Runtime, Value, Values } from "../../graph/runtime.ts";
import type { Program } from "../../graph/tensor.ts";
import { TensorData } from "../../graph/tensor-data.ts";
import { executable } from "../executable.ts";
import { type PreparedProgram, prepare } from "../prepare.ts";
import { HeldValue, type ValueOwner } from "../value.ts";
import { Connection, type Port } from "./connection.ts";
import { type Calls, copyTensor, type PostedFeed, receiveTensor, type WorkerOptions } from "./protocol.ts";

/** Starts a runtime in a worker. */
export async function connect(port: Port, options: WorkerOptions): Promise<WorkerRuntime> {
  const connection = new Connection<Calls>(port);
  try {
    return new WorkerRuntime(connection, await connection.call("start", [options]));
  } catch (error) {
    await connection.terminate();
    throw error;
  }
}

/** A runtime in a worker: this thread only traces programs, and copies the numbers that it feeds. */
export class WorkerRuntime implements Runtime, ValueOwner<number> {
  readonly device: Device;
  readonly #connection: Connection<Calls>;
  #released: number[] = [];

  constructor(connection: Connection<Calls>, device: Device) {
    this.#connection = connection;
    this.device = device;
  }

  async compile(program: Program, options?: CompileOptions): Promise<Executable> {
    const prepared = await prepare(program, this.device, options);
    const id = await this.#connection.call("load", [prepared], [prepared.bytes.buffer]);
    const { name, inputs } = prepared;
    return executable(program, new WorkerProgram(this, this.#connection, { name, inputs }, id));
  }

  async upload(data: TensorData): Promise<Value> {
    const posted = copyTensor(data);
    const id = await this.#connection.call("upload", [posted], [posted.data.buffer]);
    return new HeldValue(this, id, posted);
  }

  async read(value: number): Promise<TensorData> {
    return receiveTensor(await this.#connection.call("read", [value]));
  }

  /** Values that are disposed of together are released by one message. */
  release(value: number): void {
    if (this.#released.length === 0) queueMicrotask(() => this.#flush());
    this.#released.push(value);
  }

  /** Ends the worker once its calls are over. A worker that fails at closing is ended all the same. */
  async dispose(): Promise<void> {
    await this.#connection.call("close", []).catch(() => undefined);
    await this.#connection.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** With the worker, its values are gone: that it is dead is no failure here. */
  #flush(): void {
    this.#connection.call("release", [this.#released]).catch(() => undefined);
    this.#released = [];
  }
}

/** A program that a worker has loaded. */
class WorkerProgram implements Pick<Executable, "run" | "dispose"> {
  readonly #runtime: WorkerRuntime;
  readonly #connection: Connection<Calls>;
  readonly #name: string;
  readonly #inputs: ReadonlySet<string>;
  readonly #id: number;
  #disposed = false;

  constructor(
    runtime: WorkerRuntime,
    connection: Connection<Calls>,
    { name, inputs }: Pick<PreparedProgram, "name" | "inputs">,
    id: number,
  ) {
    this.#runtime = runtime;
    this.#connection = connection;
    this.#name = name;
    this.#inputs = new Set(inputs.map((attrs) => attrs.name));
    this.#id = id;
  }

  async run(feeds: Feeds, options: RunOptions = {}): Promise<Values> {
    if (this.#disposed) throw new HeedError("RUNTIME_FAILED", `The program "${this.#name}" was disposed.`);
    const transfer: ArrayBuffer[] = [];
    const posted: PostedFeed[] = [];
    for (const [name, fed] of feeds) {
      if (this.#inputs.has(name)) posted.push([name, this.#post(name, fed, transfer)]);
    }
    const outputs = await this.#connection.call("run", [this.#id, posted, options], transfer);
    return new Map(outputs.map((output) => [output.name, new HeldValue(this.#runtime, output.value, output)]));
  }

  /** That the worker has ended, and the program with it, is no failure here. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#connection.call("unload", [this.#id]).catch(() => undefined);
  }

  #post(name: string, fed: TensorData | Value, transfer: ArrayBuffer[]): PostedFeed[1] {
    if (!(fed instanceof TensorData)) return HeldValue.feed(name, fed, this.#runtime);
    const tensor = copyTensor(fed);
    transfer.push(tensor.data.buffer);
    return tensor;
  }
}
