import type { InferenceSession, InferenceSessionFactory, Tensor, TensorConstructor } from "onnxruntime-common";
import { HeedError } from "../error.ts";
import type { Device } from "../graph/runtime.ts";
import type { DType } from "../graph/tensor.ts";
import { type ArrayOf, TensorData } from "../graph/tensor-data.ts";
import { Copier } from "./copier.ts";
import { Queue } from "./queue.ts";
import { HeldValue, type ValueOwner } from "./value.ts";

/** A build of ONNX Runtime: the part of its modules that is used here. */
export interface Build {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

export interface EngineOptions {
  /** How many threads share one operation; well chosen unless told. */
  readonly threads?: number | undefined;
  /** What ONNX Runtime writes to stderr: 0 (verbose) to 4 (fatal errors only). Errors are thrown as well. */
  readonly logLevel?: 0 | 1 | 2 | 3 | 4 | undefined;
}

/** A build of ONNX Runtime on a device. Its calls run one after the other. */
export class Engine implements ValueOwner<Tensor> {
  readonly device: Device;
  readonly #build: Build;
  readonly #options: EngineOptions;
  readonly #queue = new Queue();
  readonly #copier = new Copier((bytes, location) => this.#createSession(bytes, location));
  #closed = false;

  constructor(device: Device, build: Build, options: EngineOptions) {
    this.device = device;
    this.#build = build;
    this.#options = options;
  }

  /** A session for ONNX bytes whose results stay on the device. */
  load(name: string, bytes: Uint8Array): Promise<InferenceSession> {
    return this.perform(`Compiling "${name}"`, () => this.#createSession(bytes, this.#location));
  }

  /** Numbers as the engine's tensor. They are not copied. */
  tensor({ dtype, shape, data }: TensorData): Tensor {
    return new this.#build.Tensor(dtype as "float32", data as Float32Array, shape);
  }

  /** The engine's tensor as a value. */
  value(tensor: Tensor): HeldValue<Tensor> {
    return new HeldValue(this, tensor, { dtype: tensor.type as DType, shape: tensor.dims });
  }

  /** Moves a tensor to the device. */
  upload(tensor: Tensor): Promise<Tensor> {
    const location = this.#location;
    return this.perform("Copying to the device", () =>
      location === "cpu" ? tensor : this.#copier.copy(tensor, location),
    );
  }

  async read(tensor: Tensor): Promise<TensorData> {
    if (tensor.location === "cpu") return dataOf(tensor, (tensor.data as ArrayOf[DType]).slice());
    const copy = await this.perform("Copying from the device", () => this.#copier.copy(tensor, "cpu"));
    return dataOf(copy, copy.data as ArrayOf[DType]);
  }

  release(tensor: Tensor): void {
    this.#queue.run(() => tensor.dispose());
  }

  /** Runs a task after all earlier ones; what it throws becomes a HeedError "RUNTIME_FAILED". */
  async perform<T>(what: string, task: () => T | Promise<T>): Promise<T> {
    if (this.#closed) throw new HeedError("RUNTIME_FAILED", `${what} failed: the runtime was disposed.`);
    try {
      return await this.#queue.run(task);
    } catch (cause) {
      if (cause instanceof HeedError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HeedError("RUNTIME_FAILED", `${what} on ${this.device} failed: ${reason}`, { cause });
    }
  }

  /** Waits for the calls under way and releases what the engine itself holds. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.run(() => this.#copier.dispose());
  }

  get #location(): "cpu" | "gpu-buffer" {
    return this.device === "webgpu" ? "gpu-buffer" : "cpu";
  }

  /**
   * Idle threads do not spin: with several programs alive in one process they would slow each other. Memory is not
   * planned ahead: the shapes of batches vary from call to call.
   */
  #createSession(bytes: Uint8Array, location: "cpu" | "gpu-buffer"): Promise<InferenceSession> {
    const { threads, logLevel = 4 } = this.#options;
    return this.#build.InferenceSession.create(bytes, {
      executionProviders: [this.device],
      graphOptimizationLevel: "all",
      executionMode: "sequential",
      enableMemPattern: false,
      logSeverityLevel: logLevel,
      preferredOutputLocation: location,
      extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
  }
}

function dataOf({ type, dims }: Tensor, data: ArrayOf[DType]): TensorData {
  return new TensorData(type as DType, dims, data);
}
