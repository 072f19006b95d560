import { input } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { float32, type TensorData } from "../graph/tensor-data.ts";
import { type MapLeaves, mapTree, type Tree } from "../graph/tree.ts";
import type { Initializer } from "./initializers.ts";
import { createRandom } from "./random.ts";

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
  return mapTree<S, Parameter, TensorData<"float32">>(spec, ({ shape, initializer }, path) =>
    float32(shape, initializer(shape, createRandom(seed, path))),
  );
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
