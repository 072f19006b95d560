import { HeedError } from "../error.ts";
import type { Value } from "../graph/runtime.ts";
import type { DType, TensorData } from "../graph/tensor-data.ts";

/** What holds the numbers of values: an engine, or the connection to a worker. */
export interface ValueOwner<H> {
  /** Copies the numbers to JavaScript. */
  read(handle: H): Promise<TensorData>;
  /** Frees the numbers once the calls that use them are over. */
  release(handle: H): void;
}

/** Numbers that are held elsewhere under a handle: a tensor of ONNX Runtime, or a number that a worker knows. */
export class HeldValue<H> implements Value {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly owner: ValueOwner<H>;
  #held: { readonly handle: H } | undefined;

  constructor(owner: ValueOwner<H>, handle: H, type: { readonly dtype: DType; readonly shape: readonly number[] }) {
    this.dtype = type.dtype;
    this.shape = type.shape;
    this.owner = owner;
    this.#held = { handle };
  }

  /** The handle, for a program of the same owner that is fed this value as `name`. */
  static feed<H>(name: string, value: Value, owner: ValueOwner<H>): H {
    if (!(value instanceof HeldValue) || value.owner !== owner) {
      throw new HeedError("INPUT_INVALID", `"${name}" was fed a value of another runtime: feed what its read() gives.`);
    }
    const held = (value as HeldValue<H>).#held;
    if (held === undefined) throw new HeedError("INPUT_INVALID", `"${name}" was fed a value that was disposed.`);
    return held.handle;
  }

  async read(): Promise<TensorData> {
    if (this.#held === undefined) throw new HeedError("INPUT_INVALID", "A value was read after it was disposed.");
    return this.owner.read(this.#held.handle);
  }

  dispose(): void {
    if (this.#held !== undefined) this.owner.release(this.#held.handle);
    this.#held = undefined;
  }
}
