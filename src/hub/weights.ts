import { HeedError } from "../error.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { pacer } from "../pacer.ts";
import type { WeightSource, WeightTensor } from "./weight-source.ts";

/** Puts a parameter where it stays while its model is open, and gives a tensor that has its numbers there. */
export type KeepParameter = (parameter: TensorData<"float32">) => Promise<TensorData<"float32">>;

/**
 * The tensors of a model's files, taken out one by one; in the end none may be left. What a family calls them may differ
 * from what a file does: first comes `alias`, then `ignore`, then `take`.
 */
export class Weights {
  readonly #path: string;
  readonly #keep: KeepParameter;
  /** Those that were not taken yet, under the names that are asked for. */
  #left: Map<string, WeightTensor>;

  /** @param keep Where parameters stay that are made of them: in memory unless told. */
  constructor({ path, tensors }: WeightSource, keep: KeepParameter = async (parameter) => parameter) {
    this.#path = path;
    this.#keep = keep;
    this.#left = new Map(tensors);
  }

  /** The names of the tensors that were not taken yet. */
  names(): readonly string[] {
    return [...this.#left.keys()];
  }

  /** Whether there is a tensor of that name that was not taken yet. */
  has(name: string): boolean {
    return this.#left.has(name);
  }

  /** The element type of a tensor that was not taken yet, or undefined if there is none of that name. */
  typeOf(name: string): string | undefined {
    return this.#left.get(name)?.type;
  }

  /**
   * Gives the tensors the names by which they are asked for: older spellings, or a prefix that a file lacks which was saved
   * from a part of a model. A name that already is as expected is given back as it is.
   *
   * @throws HeedError FORMAT_INVALID when two tensors come to one name.
   */
  alias(expected: (name: string) => string): void {
    const renamed = new Map<string, WeightTensor>();
    for (const [name, tensor] of this.#left) {
      const other = renamed.get(expected(name));
      if (other !== undefined) {
        const both = `the tensors "${other.name}" and "${tensor.name}"`;
        const message = `${this.#path} has ${both}, which are two names of the same one. Remove one of them.`;
        throw new HeedError("FORMAT_INVALID", message, { path: this.#path });
      }
      renamed.set(expected(name), tensor);
    }
    this.#left = renamed;
  }

  /** Leaves out tensors that change nothing: what a model computes anew, such as the numbers of positions. */
  ignore(names: RegExp): void {
    for (const name of this.names()) if (name.search(names) !== -1) this.#left.delete(name);
  }

  /** Asserts that there may be so many layers, before anything is made for each. Errors: FORMAT_INVALID. */
  checkLayers(count: number): void {
    if (count <= this.#left.size) return;
    const message = `${this.#path} has ${this.#left.size} tensors, too few for the ${count} layers`;
    throw new HeedError("FORMAT_INVALID", `${message} of the config.json beside it.`, { path: this.#path });
  }

  /** Takes a tensor out. Errors: FORMAT_INVALID if it is missing, or not of finite numbers, SHAPE_MISMATCH. */
  async take(name: string, shape: readonly number[]): Promise<TensorData<"float32">> {
    const tensor = await this.takeIfPresent(name, shape);
    if (tensor !== undefined) return tensor;
    const expected = `the tensor "${name}" of shape [${shape}]`;
    const message = `${this.#path} lacks ${expected}, which the config.json beside it asks for.`;
    throw new HeedError("FORMAT_INVALID", message, { path: this.#path });
  }

  /** Takes a tensor out, if there is one of that name. Errors: FORMAT_INVALID if not of finite numbers, SHAPE_MISMATCH. */
  async takeIfPresent(name: string, shape: readonly number[]): Promise<TensorData<"float32"> | undefined> {
    const stored = this.#left.get(name);
    if (stored === undefined) return undefined;
    if (String(stored.shape) !== String(shape)) {
      const found = `${stored.path}: the tensor "${stored.name}" has shape [${stored.shape}]`;
      const message = `${found}, where the config.json beside it asks for [${shape}].`;
      throw new HeedError("SHAPE_MISMATCH", message, { path: stored.path });
    }
    this.#left.delete(name);
    const tensor = await stored.readFloat32();
    await checkFinite(stored, tensor.data);
    return tensor;
  }

  /** Puts a parameter that was made of a tensor where it is to stay. Errors: FILE_UNWRITABLE where that is a disk. */
  keep(parameter: TensorData<"float32">): Promise<TensorData<"float32">> {
    return this.#keep(parameter);
  }

  /** Asserts that every tensor was taken. Errors: FORMAT_INVALID. */
  finish(): void {
    const [first, ...others] = this.#left.values();
    if (first === undefined) return;
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    const message = `${first.path} has the tensor "${first.name}" of shape [${first.shape}]${more}`;
    throw new HeedError("FORMAT_INVALID", `${message}, for which the config.json beside it has no place.`, {
      path: first.path,
    });
  }
}

/** Numbers that are looked at without a rest. */
const SLICE = 2 ** 20;

async function checkFinite({ name, path }: WeightTensor, numbers: Float32Array): Promise<void> {
  for (let start = 0; start < numbers.length; start += SLICE) {
    if (!allFinite(numbers.subarray(start, start + SLICE))) {
      const message = `${path}: the tensor "${name}" holds NaN or an infinite number, and so would all that is computed with it.`;
      const advice = "Take the file again from where it came from, or an earlier checkpoint.";
      const check = "In Python, torch.isfinite(tensor).all() says which tensors are sound.";
      throw new HeedError("FORMAT_INVALID", `${message} ${advice} ${check}`, { path });
    }
    if (pacer.due()) await pacer.rest();
  }
}

/** What is not finite makes this sum NaN, and no number needs a branch. */
function allFinite(numbers: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]! * 0;
  return sum === 0;
}
