import { HeedError } from "../error.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { parseSafetensors } from "./safetensors.ts";
import type { StoredTensor, StoredType } from "./stored-tensor.ts";

/** The tensors of a model.safetensors, taken out one by one; in the end none may be left. */
export class Weights {
  readonly #path: string;
  readonly #left: Map<string, StoredTensor>;

  /** Errors: FORMAT_INVALID. */
  constructor(bytes: Uint8Array, path: string) {
    this.#path = path;
    this.#left = new Map(parseSafetensors(bytes, path).tensors);
  }

  /** The element type of a tensor that was not taken yet, or undefined if there is none of that name. */
  typeOf(name: string): StoredType | undefined {
    return this.#left.get(name)?.type;
  }

  /** The names of the tensors that were not taken yet. */
  names(): readonly string[] {
    return [...this.#left.keys()];
  }

  /** Gives tensors the names under which they will be asked for; of undefined, they are left out. */
  rename(to: (name: string) => string | undefined): void {
    for (const [name, tensor] of [...this.#left]) {
      const wanted = to(name);
      if (wanted === name) continue;
      this.#left.delete(name);
      if (wanted !== undefined && !this.#left.has(wanted)) this.#left.set(wanted, tensor);
    }
  }

  /** Asserts that the file may hold so many layers, before anything is made for each. Errors: FORMAT_INVALID. */
  checkLayers(count: number): void {
    if (count <= this.#left.size) return;
    const message = `${this.#path} has ${this.#left.size} tensors, too few for the ${count} layers`;
    throw new HeedError("FORMAT_INVALID", `${message} of the config.json beside it.`, { path: this.#path });
  }

  /** Takes a tensor out. Errors: FORMAT_INVALID if it is missing or not of numbers, SHAPE_MISMATCH. */
  take(name: string, shape: readonly number[]): TensorData<"float32"> {
    const tensor = this.takeIfPresent(name, shape);
    if (tensor !== undefined) return tensor;
    const expected = `the tensor "${name}" of shape [${shape}]`;
    const message = `${this.#path} lacks ${expected}, which the config.json beside it asks for.`;
    throw new HeedError("FORMAT_INVALID", message, { path: this.#path });
  }

  /** Takes a tensor out, if there is one of that name. Errors: FORMAT_INVALID if not of numbers, SHAPE_MISMATCH. */
  takeIfPresent(name: string, shape: readonly number[]): TensorData<"float32"> | undefined {
    const stored = this.#left.get(name);
    if (stored === undefined) return undefined;
    if (String(stored.shape) !== String(shape)) {
      const found = `${this.#path}: the tensor "${name}" has shape [${stored.shape}]`;
      const message = `${found}, where the config.json beside it asks for [${shape}].`;
      throw new HeedError("SHAPE_MISMATCH", message, { path: this.#path });
    }
    this.#left.delete(name);
    return stored.readFloat32(this.#path);
  }

  /** Asserts that every tensor was taken. Errors: FORMAT_INVALID. */
  finish(): void {
    const [first, ...others] = this.#left.values();
    if (first === undefined) return;
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    const message = `${this.#path} has the tensor "${first.name}" of shape [${first.shape}]${more}`;
    throw new HeedError("FORMAT_INVALID", `${message}, for which the config.json beside it has no place.`, {
      path: this.#path,
    });
  }
}
