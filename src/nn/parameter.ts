import { input } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import { flattenTree, type MapLeaves, mapTree, type Tree } from "../graph/tree.ts";
import { pacer } from "../pacer.ts";
import { createRandom } from "../random.ts";
import type { Initializer } from "./initializers.ts";

/** A parameter before it has numbers: its shape and how it is initialised. */
export class Parameter {
  readonly shape: readonly number[];
  readonly initializer: Initializer;

  constructor(shape: readonly number[], initializer: Initializer) {
    this.shape = shape;
    this.initializer = initializer;
  }
}

/** Declares a parameter. */
export const param = (shape: readonly number[], initializer: Initializer): Parameter =>
  new Parameter(shape, initializer);

/** The tree of tensors that belongs to a tree of parameters, or to the function that declares one. */
export type Params<S> = S extends (...args: never[]) => infer R
  ? MapLeaves<R, Parameter, Tensor>
  : MapLeaves<S, Parameter, Tensor>;

/** A tree of parameters of any shape. */
export type Spec = Tree<Parameter>;

/** The first numbers of every parameter, each a function of the seed and its path only. */
export function initialize<S>(spec: S & Spec, seed: number): MapLeaves<S, Parameter, TensorData<"float32">> {
  return mapTree<S, Parameter, TensorData<"float32">>(spec, (parameter, path) => {
    const drawing = new Drawing(parameter, path, seed);
    while (!drawing.done) drawing.go();
    return drawing.tensor;
  });
}

/** As `initialize`, by path, in slices that leave the event loop free. */
export async function initializeInSlices(spec: Spec, seed: number): Promise<Map<string, TensorData<"float32">>> {
  const drawn = new Map<string, TensorData<"float32">>();
  for (const [path, parameter] of flattenTree<Parameter>(spec)) {
    const drawing = new Drawing(parameter, path, seed);
    for (; !drawing.done; drawing.go()) if (pacer.due()) await pacer.rest();
    drawn.set(path, drawing.tensor);
  }
  return drawn;
}

/** Numbers that are drawn without a rest. */
const PIECE = 2 ** 15;

/** A parameter of which the first numbers are being drawn. */
class Drawing {
  readonly tensor: TensorData<"float32">;
  readonly #numberAt: (index: number) => number;
  #drawn = 0;

  constructor({ shape, initializer }: Parameter, path: string, seed: number) {
    this.tensor = float32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
    this.#numberAt = initializer(shape, createRandom(seed, path));
  }

  get done(): boolean {
    return this.#drawn === this.tensor.data.length;
  }

  go(): void {
    const { data } = this.tensor;
    const end = Math.min(this.#drawn + PIECE, data.length);
    for (let i = this.#drawn; i < end; i++) data[i] = this.#numberAt(i);
    this.#drawn = end;
  }
}

/** Parameters as inputs of a program, named by their paths behind a prefix. */
export function parameterInputs<S>(spec: S & Spec, prefix = "parameters."): MapLeaves<S, Parameter, Tensor> {
  return mapTree<S, Parameter, Tensor>(spec, ({ shape }, path) => input(prefix + path, { shape, dtype: "float32" }));
}

/** How many numbers the parameters hold in all. */
export function countParameters(spec: Spec): number {
  let count = 0;
  mapTree<Spec, Parameter, void>(spec, ({ shape }) => {
    count += shape.reduce((a, b) => a * b, 1);
  });
  return count;
}
