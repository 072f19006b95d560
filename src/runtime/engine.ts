import type { InferenceSessionFactory, Tensor, TensorConstructor } from "onnxruntime-common";
import { HeedError } from "../error.ts";
import type { Device } from "../graph/device.ts";
import { type ArrayOf, type DType, TensorData } from "../graph/tensor-data.ts";
import type { ExternalConstants, LoweredProgram } from "../onnx/lower.ts";
import { Copier, type Location } from "./copier.ts";
import { memoryLimit } from "./memory-limit.ts";
import { Queue } from "./queue.ts";
import { type Lent, Session } from "./session.ts";
import { HeldValue, type ValueOwner } from "./value.ts";

/** A build of ONNX Runtime: the part of its modules that is used here. */
export interface Build {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

export interface EngineOptions {
  /** How many threads share one operation; well chosen unless told. */
  readonly threads?: number | undefined;
  /** How many bytes of memory a call may take by estimate; 80% of what is free at the start unless told. */
  readonly memoryLimit?: number | undefined;
  /** What ONNX Runtime writes to stderr: 0 (verbose) to 4 (fatal errors only). Errors are thrown as well. */
  readonly logLevel?: 0 | 1 | 2 | 3 | 4 | undefined;
}

/** More threads than this only wait for each other, and to start thousands takes minutes. */
const MAX_THREADS = 256;

/** Microseconds that a thread spins before it sleeps: as long as a small kernel that one thread computes alone. */
const AWAKE = "50";

/** Bytes of constants in a file of which the engine may make packed copies. */
const PACKED_UP_TO = 1e9;

/** A build of ONNX Runtime on a device. Its calls run one after the other. */
export class Engine implements ValueOwner<Lent> {
  readonly device: Device;
  /** How many bytes of memory a call may take, where that is known. */
  readonly memoryLimit: number | undefined;
  readonly #build: Build;
  readonly #options: EngineOptions;
  readonly #location: Location;
  readonly #queue = new Queue();
  readonly #sessions = new Set<Session>();
  readonly #copier = new Copier((bytes, location) => this.#createSession(bytes, location));
  #closed = false;

  constructor(device: Device, build: Build, options: EngineOptions) {
    const { threads } = options;
    if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) {
      const message = `threads: expected a whole number from 1 to ${MAX_THREADS}, found ${threads}.`;
      throw new HeedError("CONFIG_INVALID", message, { path: "threads" });
    }
    this.device = device;
    this.memoryLimit = memoryLimit(device, options.memoryLimit);
    this.#build = build;
    this.#options = options;
    this.#location = device === "webgpu" ? "gpu-buffer" : "cpu";
  }

  /** Starts the device by a first small program. @throws HeedError "RUNTIME_UNAVAILABLE" where there is none. */
  async start(): Promise<void> {
    try {
      await this.#queue.run(() => this.#copier.load("float32", 1, this.#location));
    } catch (cause) {
      throw new HeedError(
        "RUNTIME_UNAVAILABLE",
        `The device "${this.device}" cannot be used here. Choose another device. (${reasonOf(cause)})`,
        { cause },
      );
    }
  }

  /** A session for ONNX bytes whose results stay on the device. */
  load({ name, bytes, external }: Pick<LoweredProgram, "name" | "bytes" | "external">): Promise<Session> {
    const what = `Compiling "${name}"${external === undefined ? "" : ` with parameters in ${external.folder}`}`;
    return this.perform(what, () => this.#createSession(bytes, this.#location, external));
  }

  /** Numbers as the engine's tensor. They are not copied. */
  tensor({ dtype, shape, data }: TensorData): Tensor {
    return new this.#build.Tensor(dtype as "float32", data as Float32Array, shape);
  }

  /** The engine's tensor as a value. */
  value(lent: Lent): HeldValue<Lent> {
    return new HeldValue(this, lent, { dtype: lent.tensor.type as DType, shape: lent.tensor.dims });
  }

  /** Moves a tensor to the device. */
  upload(tensor: Tensor): Promise<Lent> {
    const location = this.#location;
    return this.perform("Copying to the device", () =>
      location === "cpu" ? { tensor, session: undefined } : this.#copier.copy(tensor, location),
    );
  }

  read({ tensor, session }: Lent): Promise<TensorData> {
    return this.perform("Copying from the device", async () => {
      if (session === undefined) return dataOf(tensor, (tensor.data as ArrayOf[DType]).slice());
      const copy = (await this.#copier.copy(tensor, "cpu")).tensor;
      return dataOf(copy, copy.data as ArrayOf[DType]);
    });
  }

  release({ tensor, session }: Lent): void {
    this.#queue.run(() => (session === undefined ? tensor.dispose() : session.takeBack(tensor)));
  }

  /** Ends a session once the calls under way are over. */
  end(session: Session): Promise<void> {
    return this.#queue.run(() => session.end());
  }

  /** Runs a task after all earlier ones; what it throws becomes a HeedError "RUNTIME_FAILED". */
  async perform<T>(what: string, task: () => T | Promise<T>): Promise<T> {
    if (this.#closed) throw new HeedError("RUNTIME_FAILED", `${what} failed: the runtime was disposed.`);
    try {
      return await this.#queue.run(task);
    } catch (cause) {
      if (cause instanceof HeedError) throw cause;
      throw new HeedError("RUNTIME_FAILED", `${what} on ${this.device} failed: ${reasonOf(cause)}`, { cause });
    }
  }

  /** Waits for the calls under way; then frees all values, and releases all sessions. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.run(async () => {
      for (const session of this.#sessions) await session.close();
    });
  }

  /**
   * Threads stay awake for the next kernel, but no longer: those of idle programs would slow the others. Memory is not
   * planned ahead: the shapes of batches vary from call to call.
   */
  async #createSession(bytes: Uint8Array, location: Location, external?: ExternalConstants): Promise<Session> {
    const { threads, logLevel = 4 } = this.#options;
    const created = await this.#build.InferenceSession.create(bytes, {
      executionProviders: [this.device],
      graphOptimizationLevel: "all",
      executionMode: "sequential",
      enableMemPattern: false,
      logSeverityLevel: logLevel,
      preferredOutputLocation: location,
      extra: { session: { intra_op: { allow_spinning: "1", spin_duration_us: AWAKE }, ...mapped(external) } },
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
    const session = new Session(created, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    return session;
  }
}

/**
 * How a session takes constants from files: it maps them. Of matrices it makes copies in memory, packed for products of
 * several rows, unless they are so large that memory counts for more: a product of one row is as fast without.
 */
function mapped(external: ExternalConstants | undefined): object {
  if (external === undefined) return {};
  const { folder, bytes } = external;
  const unpacked = bytes < PACKED_UP_TO ? {} : { disable_prepacking: "1" };
  return { model_external_initializers_file_folder_path: folder, ...unpacked };
}

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).trim();
}

function dataOf({ type, dims }: Tensor, data: ArrayOf[DType]): TensorData {
  return new TensorData(type as DType, dims, data);
}
