import type { Device } from "./device.ts";
import type { Program } from "./tensor.ts";
import type { DType, TensorData } from "./tensor-data.ts";

/** Numbers that live on the device: in native memory, on a GPU, or in a worker. */
export interface Value {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Copies the numbers to JavaScript. */
  read(): Promise<TensorData>;
  dispose(): void;
}

/** The key from which the random inputs of a call are drawn: same key, same masks. */
export interface RandomKey {
  readonly seed: number;
  readonly step: number;
  readonly microBatch: number;
}

export interface RunOptions {
  /** Required where the program has random inputs (dropout). */
  readonly random?: RandomKey;
  /** Names of the outputs to return; all unless told. */
  readonly outputs?: readonly string[];
}

export type Feeds = ReadonlyMap<string, TensorData | Value>;
export type Values = ReadonlyMap<string, Value>;

/** A compiled program. */
export interface Executable extends AsyncDisposable {
  readonly program: Program;
  /**
   * Runs the program. Symbols are bound from the shapes fed; a missing input, a wrong dtype or shape, or two inputs
   * that bind a symbol differently is a HeedError "SHAPE_MISMATCH" that names them. Inputs that the program
   * does not have are ignored.
   */
  run(feeds: Feeds, options?: RunOptions): Promise<Values>;
  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** Inputs whose numbers are fixed now: they become part of the program, which the engine may then optimise. */
  readonly constants?: ReadonlyMap<string, TensorData>;
}

/** An engine on a device. Trainer and generator see only this. */
export interface Runtime extends AsyncDisposable {
  readonly device: Device;
  compile(program: Program, options?: CompileOptions): Promise<Executable>;
  /** Copies numbers to the device. */
  upload(data: TensorData): Promise<Value>;
  dispose(): Promise<void>;
}
